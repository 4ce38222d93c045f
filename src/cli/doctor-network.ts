import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { type Finding, messageOf } from './doctor-finding.js';

const HOST = '127.0.0.1';
const PATIENCE_MS = 2000;

/** Sends a datagram to itself over loopback, as media will come. */
export async function examineUdp(): Promise<Finding> {
  const socket = createSocket('udp4');
  try {
    socket.bind(0, HOST);
    await once(socket, 'listening', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const { port } = socket.address();
    const arrival = once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    socket.send('earshot', port, HOST);
    await arrival;
    return {
      name: 'udp',
      state: 'ok',
      found: `bound ${HOST}:${port}, a datagram came back`,
      facts: { port },
    };
  } catch (error) {
    return failed('udp', error);
  } finally {
    socket.close();
  }
}

/** Connects to itself over loopback, as a browser will for the page and WHIP. */
export async function examineTcp(): Promise<Finding> {
  const server = createServer((peer) => peer.end('earshot'));
  try {
    server.listen(0, HOST);
    await once(server, 'listening', { signal: AbortSignal.timeout(PATIENCE_MS) });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const client = connect(port, HOST);
    try {
      await once(client, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) });
    } finally {
      client.destroy();
    }
    return {
      name: 'tcp',
      state: 'ok',
      found: `bound ${HOST}:${port}, a connection came through`,
      facts: { port },
    };
  } catch (error) {
    return failed('tcp', error);
  } finally {
    server.close();
  }
}

function failed(name: 'udp' | 'tcp', error: unknown): Finding {
  return {
    name,
    state: 'failed',
    found: `cannot use ${name} on ${HOST}: ${messageOf(error)}`,
    help: 'allow sockets on loopback (a sandbox or a firewall forbids them)',
    facts: { port: null },
  };
}
