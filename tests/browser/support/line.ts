// The line between a window and the till, which a test can cut: a relay on an address of its own. What the till checks
// of a request (host and origin) names the till again behind the relay.

import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** What is let through: everything, all but the feed of changes, or nothing. */
export type Cut = 'none' | 'feed' | 'all';

export class Line {
  private cut: Cut = 'none';
  private readonly feeds = new Set<Socket>();
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server, private readonly tillPort: number) {}

  static async to(tillPort: number): Promise<Line> {
    const server = createServer();
    const line = new Line(server, tillPort);
    server.on('connection', (socket) => {
      line.sockets.add(socket);
      socket.on('close', () => line.sockets.delete(socket));
    });
    server.on('request', (from, to) => line.carry(from, to));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  /** An address of the till, by this line. */
  by(url: string): string {
    const address = new URL(url);
    address.port = String((this.server.address() as AddressInfo).port);
    return address.href;
  }

  /** Breaks what is under way, and lets only through what is left of the line. */
  set(cut: Cut): void {
    this.cut = cut;
    const broken = cut === 'all' ? this.sockets : cut === 'feed' ? this.feeds : [];
    for (const socket of broken) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private carry(from: IncomingMessage, to: ServerResponse): void {
    const feed = from.url?.startsWith('/api/changes') ?? false;
    if (this.cut === 'all' || (this.cut === 'feed' && feed)) {
      from.socket.destroy();
      return;
    }
    if (feed) {
      this.feeds.add(from.socket);
      to.on('close', () => this.feeds.delete(from.socket));
    }
    const own = `127.0.0.1:${String(this.tillPort)}`;
    const headers = { ...from.headers, host: own, ...(from.headers.origin === undefined ? {} : { origin: `http://${own}` }) };
    const onward = request({ host: '127.0.0.1', port: this.tillPort, path: from.url, method: from.method, headers }, (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(to);
      answer.on('error', () => to.destroy());
    });
    onward.on('error', () => from.socket.destroy());
    to.on('close', () => onward.destroy());
    from.pipe(onward);
  }
}
