export { expect, test } from './test';
export { figure, Screen, type Answers } from './screen';
export { readReceipt, type Receipt } from './receipt';
export { MENUS, price, Till, type Role } from './till';
