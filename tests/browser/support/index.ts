export { expect, test } from './test';
export { figure, type Answers, type Screen } from './screen';
export { readReceipt, type Receipt } from './receipt';
export { MENUS, price, type Role, type Till } from './till';
export { atDialog, DIALOGS, prepareOrder, WALKS, type Look } from './tour';
export { Api, type Made, type Wanted } from './api';
export { bend, type Call } from './wire';
