// What the first start has been told so far. Nothing of it is written before the last step; what is left out has a
// default that the steps show.

import type { MessageKey } from '../../lib/i18n';
import { t } from '../../lib/i18n';
import type { CommandInput, Failure, ShopView } from '../../lib/ipc';
import { isGood, type MenuFile } from '../../lib/menu/menu-file';
import { openMenu } from '../../lib/menu/open-menu';
import { madePin, usualCurrency } from './defaults';

export const STEPS = ['shop', 'menu', 'pin'] as const;
export type Step = (typeof STEPS)[number];
export const STEP_TEXT: Readonly<Record<Step, MessageKey>> = { shop: 'setup.step_shop', menu: 'setup.step_menu', pin: 'setup.step_pin' };

/** A sample by its id, the file that was dropped, or a menu whose one product asks its price. */
export type MenuSource = `sample:${string}` | 'file' | 'open';

export class Draft {
  step = $state<Step>('shop');
  shopName = $state('');
  currency = $state('');
  chosenMenu = $state<MenuSource | null>(null);
  file = $state.raw<MenuFile | null>(null);
  managerName = $state('');
  pin = $state('');
  pinAgain = $state('');
  /** The PIN that was made for who skipped the last step; none while they choose their own. */
  made = $state<string | null>(null);
  skipped = $state.raw<ReadonlySet<Step>>(new Set());

  constructor(private readonly shop: () => ShopView) {
    this.currency = usualCurrency();
  }

  readonly code = $derived.by(() => this.currency.trim().toUpperCase());
  readonly samples = $derived.by(() => this.shop().samples.filter((menu) => menu.currency === this.code));
  /** What is sold if nobody chooses: the first sample of the currency. */
  readonly usualMenu = $derived.by((): MenuSource => (this.samples[0] ? `sample:${this.samples[0].id}` : 'open'));
  readonly menu = $derived.by((): MenuSource => {
    const chosen = this.chosenMenu;
    const there = chosen === 'open' || (chosen === 'file' && isGood(this.file)) || this.samples.some(({ id }) => chosen === `sample:${id}`);
    return chosen !== null && there ? chosen : this.usualMenu;
  });

  /** What a step holds now, in a few words. */
  told(step: Step): string {
    if (step === 'shop') return `${this.nameOrUsual}, ${this.code}`;
    if (step === 'menu') return this.nameOf(this.menu);
    return this.managerOrUsual;
  }

  /** What a step holds if it is skipped. */
  usual(step: Step): string {
    return step === 'shop' ? `${t('setup.default_shop')}, ${usualCurrency()}` : this.nameOf(this.usualMenu);
  }

  nameOf(source: MenuSource): string {
    if (source === 'open') return t('setup.menu_open');
    if (source === 'file') return this.file?.check.content?.name ?? t('setup.menu_own');
    const sample = this.samples.find(({ id }) => source === `sample:${id}`);
    return sample ? t('setup.menu_products', { name: sample.name, count: sample.products }) : '';
  }

  pass(step: Step): void {
    this.skipped = new Set([...this.skipped, step]);
    if (step === 'shop') [this.shopName, this.currency] = ['', usualCurrency()];
    else if (step === 'menu') this.chosenMenu = null;
    else [this.made, this.pin, this.pinAgain] = [this.made ?? madePin(), '', ''];
  }

  took(step: Step): void {
    this.skipped = new Set([...this.skipped].filter((other) => other !== step));
  }

  choosePin(): void {
    this.made = null;
    this.took('pin');
  }

  get pinToSet(): string {
    return this.made ?? this.pin;
  }

  input(): CommandInput<'set_up_shop'> {
    const { menu } = this;
    const file = menu === 'file' ? this.file : null;
    return {
      shop_name: this.nameOrUsual, currency: this.code, manager_name: this.managerOrUsual, pin: this.pinToSet,
      time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      sample_menu: menu.startsWith('sample:') ? menu.slice('sample:'.length) : null,
      menu: menu === 'open' ? openMenu(this.code) : (file?.text ?? null),
      menu_id: file?.menuId ?? null,
    };
  }

  private get nameOrUsual(): string {
    return this.shopName.trim() === '' ? t('setup.default_shop') : this.shopName.trim();
  }

  private get managerOrUsual(): string {
    return this.managerName.trim() === '' ? t('role.manager') : this.managerName.trim();
  }
}

/** The step on which a refusal can be mended. */
export function stepOf({ field }: Failure): Step | null {
  if (['shop_name', 'currency', 'time_zone'].includes(field)) return 'shop';
  if (field === 'sample_menu' || field.startsWith('menu')) return 'menu';
  return ['manager_name', 'pin'].includes(field) ? 'pin' : null;
}
