// Hash routes: they work from a file, from the desktop program and from a server alike.

export type Route =
  | { screen: 'cashier' }
  | { screen: 'kitchen' }
  | { screen: 'orders' }
  | { screen: 'order'; orderId: string }
  | { screen: 'store' };

export function parseRoute(hash: string): Route {
  const parts = hash.replace(/^#\/?/, '').split('/').filter((part) => part !== '');
  if (parts[0] === 'kitchen') return { screen: 'kitchen' };
  if (parts[0] === 'store') return { screen: 'store' };
  if (parts[0] === 'orders') return parts[1] ? { screen: 'order', orderId: parts[1] } : { screen: 'orders' };
  return { screen: 'cashier' };
}

class Router {
  route = $state.raw<Route>(parseRoute(location.hash));

  start(): () => void {
    const follow = () => {
      this.route = parseRoute(location.hash);
    };
    follow();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }
}

export const router = new Router();

export function go(hash: string): void {
  location.hash = hash;
}

/** The station whose session a route needs. */
export function stationOf(route: Route): 'till' | 'kitchen' {
  return route.screen === 'kitchen' ? 'kitchen' : 'till';
}
