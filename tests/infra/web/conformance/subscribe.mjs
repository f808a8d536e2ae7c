// Follows the log with graphql-ws from a position, prints the positions of so many events, and ends.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { follow } from './follow.mjs';

const [url, after, number] = process.argv.slice(2);
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
process.stdout.write(JSON.stringify(await follow(client, after, number)));
await client.dispose();
