// A window of the till as a person uses it: what can be seen on it and tapped.

import { expect, type Locator, type Page } from '@playwright/test';

export class Screen {
  constructor(readonly page: Page) {}

  id(testid: string): Locator {
    return this.page.getByTestId(testid);
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async goto(hash: string): Promise<void> {
    await this.page.evaluate((wanted) => {
      location.hash = wanted;
    }, hash);
  }

  async signIn({ name, pin }: { name: string; pin: string }): Promise<void> {
    await this.person(name).click();
    for (const digit of pin) await this.id(`key-${digit}`).click();
    await this.id('pin-enter').click();
    await expect(this.id('person-name')).toContainText(name);
  }

  person(name: string): Locator {
    return this.id('person').and(this.button(name));
  }

  /** A product on the grid. */
  tile(name: string): Locator {
    return this.id('tile').and(this.button(name));
  }

  get lines(): Locator {
    return this.id('cart-line');
  }

  /** The line of the cart that sells something. */
  line(name: string): Locator {
    return this.lines.filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** An option of a group in the dialog that a product opens. */
  option(group: string, option: string): Locator {
    return this.page.getByRole('region', { name: group, exact: true }).getByRole('button', { name: option, exact: true });
  }

  /** Taps a product and answers what it asks. */
  async sell(name: string, answers: Answers = {}): Promise<void> {
    await this.tile(name).click();
    await this.answer(answers);
  }

  /** Changes the selected line in its dialog. */
  async edit(answers: Answers): Promise<void> {
    await this.id('line-edit').click();
    await this.answer(answers);
  }

  /** Fills in the dialog of a product; without answers there is none. */
  async answer({ choices = [], price, quantity, note }: Answers): Promise<void> {
    if ([price, quantity, note].every((given) => given === undefined) && choices.length === 0) return;
    if (price !== undefined) await this.id('open-price').fill(price);
    for (const [group, option, times = 1] of choices) {
      await this.option(group, option).click();
      for (let more = 1; more < times; more += 1) await this.button(`One more ${option}`).click();
    }
    if (quantity !== undefined) await this.id('quantity').fill(quantity);
    if (note !== undefined) await this.id('line-note').fill(note);
    await this.id('modifier-submit').click();
    await expect(this.id('modifier-sheet')).toBeHidden();
  }

  async dineIn(table: string): Promise<void> {
    await this.id('type-dine_in').click();
    await this.id('table-name').fill(table);
    await this.id('table-submit').click();
    await expect(this.id('table-sheet')).toBeHidden();
  }

  async send(): Promise<void> {
    await this.id('send').click();
    await expect(this.id('cart').getByTestId('state').first()).toHaveAttribute('data-state', 'confirmed');
  }

  /** A failure that lies over the screen, by its code. */
  notice(code: string): Locator {
    return this.id('notice').filter({ has: this.page.locator(`[data-code="${code}"]`) });
  }

  /** A failure wherever it is said, by its code. */
  failure(code: string): Locator {
    return this.page.locator(`[data-testid="failure"][data-code="${code}"]`);
  }
}

/** What a person answers in the dialog of a product. */
export interface Answers {
  /** Group, option, and how often if more than once. */
  readonly choices?: readonly (readonly [group: string, option: string, times?: number])[];
  readonly price?: string;
  readonly quantity?: string;
  readonly note?: string;
}

/** The figure in a text such as `€1,234.50`, as the decimal number that it shows. */
export function figure(text: string): string {
  const found = /-?\d[\d,]*(\.\d+)?/.exec(text);
  if (!found) throw new Error(`no figure in ${JSON.stringify(text)}`);
  return found[0].replaceAll(',', '');
}
