// The first start of all: an empty folder, and at the end a shop that sells.

import { readFile } from 'node:fs/promises';

import { expect, figure, SAMPLE, test, type Screen } from './support';

/** Lets a file fall on the page, as a hand does that drags it there. */
async function drop(screen: Screen, name: string, text: string): Promise<void> {
  await screen.page.evaluate(
    ([called = '', content = '']) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], called, { type: 'application/json' }));
      for (const type of ['dragover', 'drop']) {
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }
    },
    [name, text],
  );
}

async function sell(screen: Screen): Promise<string> {
  await expect(screen.lines).toHaveCount(1);
  const total = figure(await screen.id('total').innerText());
  await screen.id('exact-cash').click();
  await expect(screen.id('paid')).toContainText(total);
  return total;
}

test('three steps by keyboard alone, back and forth without loss, lead to the first sale', async ({ till, open }) => {
  await till.serve();
  const screen = await open();
  const { keyboard } = screen.page;
  await screen.id('setup-shop-name').focus();
  await keyboard.type('Café am Eck');
  await screen.id('setup-currency').press('Control+a');
  await keyboard.type('eur');
  await keyboard.press('Enter');
  await expect(screen.id('setup-step')).toHaveAttribute('data-step', 'menu');
  // The focus stands in the choice of menus, where arrows choose.
  await keyboard.press('ArrowDown');
  await expect(screen.id('menu-sample-corner-cafe')).toHaveAttribute('aria-checked', 'false');
  await keyboard.press('ArrowUp');
  await expect(screen.id('menu-sample-corner-cafe')).toHaveAttribute('aria-checked', 'true');
  await keyboard.press('ArrowUp');
  await expect(screen.id('menu-open')).toHaveAttribute('aria-checked', 'true');
  await keyboard.press('ArrowDown');
  await screen.id('setup-next').press('Enter');
  await expect(screen.id('setup-step-menu')).toContainText('Corner café');
  await expect(screen.id('setup-step-shop')).toContainText('Café am Eck, EUR');

  await screen.id('setup-back').press('Enter');
  await expect(screen.id('menu-sample-corner-cafe')).toHaveAttribute('aria-checked', 'true');
  await screen.id('setup-back').press('Enter');
  await expect(screen.id('setup-shop-name')).toHaveValue('Café am Eck');
  await screen.id('setup-step-pin').press('Enter');
  await expect(screen.id('setup-manager')).toBeFocused();
  await keyboard.type('Ada');
  await keyboard.press('Tab');
  await keyboard.type('4711');
  await keyboard.press('Tab');
  await keyboard.type('4712');
  await keyboard.press('Enter');
  await expect(screen.id('pins-differ')).toBeVisible();
  await screen.id('setup-pin-again').press('Backspace');
  await keyboard.type('1');
  await keyboard.press('Enter');

  // Whoever has just chosen the PIN is signed in.
  await expect(screen.id('person-name')).toContainText('Ada');
  await screen.tile('Espresso').press('Enter');
  await expect(screen.lines).toHaveCount(1);
  // A press on an amount counts once the amount stands.
  await expect(screen.id('exact-cash')).not.toHaveAttribute('aria-disabled');
  await keyboard.press('F9');
  await expect(screen.id('paid')).toBeVisible();
});

test('who skips every step sells all the same, with a PIN that was shown', async ({ till, open }) => {
  await till.serve();
  const screen = await open();
  await expect(screen.id('setup-usual')).toContainText('My shop');
  await screen.id('setup-skip').click();
  await screen.id('setup-skip').click();
  await screen.id('setup-skip').click();
  const pin = await screen.id('setup-made-pin').innerText();
  expect(pin).toMatch(/^\d{4}$/);
  await screen.id('setup-submit').click();
  await expect(screen.id('person-name')).toContainText('Manager');
  await screen.id('tile').first().click();
  await screen.id('open-price').fill('3.50');
  await screen.id('modifier-submit').click();
  expect(await sell(screen)).toBe('3.50');
  await screen.id('sign-out').click();
  await screen.signIn({ name: 'Manager', pin });
});

test('a menu that is dropped shows its faults by place, then what a good one brings', async ({ till, open }) => {
  await till.serve();
  const screen = await open();
  await screen.id('currency-EUR').click();
  await screen.id('setup-next').click();
  await drop(screen, 'broken.json', '{\n  "id": "m",\n}');
  await expect(screen.id('menu-fault')).toHaveText(/line 3, column 1/);
  const sample = JSON.parse(await readFile(SAMPLE, 'utf8')) as { items: { price?: string }[] };
  const faulty = structuredClone(sample);
  faulty.items[3] = { ...faulty.items[3], price: '3.105' };
  await drop(screen, 'faulty.json', JSON.stringify(faulty));
  await expect(screen.id('menu-fault')).toHaveText(/items\[3\]\.price.*decimals/);
  await expect(screen.id('menu-file-choice')).toHaveCount(0);

  await drop(screen, 'dollars.json', JSON.stringify({ ...sample, currency: 'USD' }));
  await expect(screen.id('menu-currency-differs')).toContainText('USD');
  await expect(screen.id('menu-file-choice')).toHaveCount(0);
  await drop(screen, 'good.json', JSON.stringify(sample));
  await expect(screen.id('menu-products')).toHaveText(String(sample.items.length));
  await expect(screen.id('menu-currency')).toHaveText('EUR');
  await expect(screen.id('menu-taxes')).toContainText('VAT eat-in 19 %');
  await expect(screen.id('menu-file-choice')).toHaveAttribute('aria-checked', 'true');
  await screen.id('setup-next').click();
  await screen.id('setup-skip').click();
  await screen.id('setup-submit').click();
  await screen.tile('Espresso').click();
  await sell(screen);
  await screen.id('show-receipt').click();
  await expect(screen.id('receipt')).toContainText('My shop');
});
