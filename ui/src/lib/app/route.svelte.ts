// Hash routes: they work from a file, from the desktop program and from a server alike.

export type Route =
  | { screen: 'cashier' }
  | { screen: 'kitchen'; view: 'cook' | 'pass' }
  | { screen: 'board' }
  | { screen: 'gallery' }
  | { screen: 'orders' }
  | { screen: 'order'; orderId: string }
  | { screen: 'store' }
  | { screen: 'manage' };

export function parseRoute(hash: string): Route {
  const [path = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter((part) => part !== '');
  if (parts[0] === 'kitchen') return { screen: 'kitchen', view: parts[1] === 'pass' ? 'pass' : 'cook' };
  if (parts[0] === 'board' || parts[0] === 'gallery') return { screen: parts[0] };
  if (parts[0] === 'store' || parts[0] === 'manage') return { screen: parts[0] };
  if (parts[0] === 'orders') return parts[1] ? { screen: 'order', orderId: parts[1] } : { screen: 'orders' };
  return { screen: 'cashier' };
}

/** What stands behind the question mark of a hash. */
export function parseQuery(hash: string): URLSearchParams {
  return new URLSearchParams(hash.split('?')[1] ?? '');
}

class Router {
  route = $state.raw<Route>(parseRoute(location.hash));
  query = $state.raw<URLSearchParams>(parseQuery(location.hash));
  /** The list of orders as it was last narrowed, for the way back to it. */
  ordersHash = $state('#/orders');

  start(): () => void {
    const follow = () => {
      this.route = parseRoute(location.hash);
      this.query = parseQuery(location.hash);
      if (this.route.screen === 'orders') this.ordersHash = location.hash;
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }
}

export const router = new Router();

/** Puts a query into the address without a new place in the history: Back leaves the screen, not one letter. */
export function keepQuery(query: URLSearchParams): void {
  const [path = ''] = location.hash.split('?');
  const text = query.toString();
  history.replaceState(history.state, '', text === '' ? path || '#/' : `${path}?${text}`);
  router.query = query;
  if (router.route.screen === 'orders') router.ordersHash = location.hash;
}

export function go(hash: string): void {
  location.hash = hash;
}

/** The station whose session a route needs. */
export function stationOf(route: Route): 'till' | 'kitchen' {
  return route.screen === 'kitchen' ? 'kitchen' : 'till';
}
