// Subscribes with graphql-ws to the events after a position, prints the positions of so many, and ends.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, after, number] = process.argv.slice(2);
const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
const query = 'subscription ($after: LogPosition) { events(after: $after) { position } }';
const positions = [];
for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
  if (errors) throw new Error(JSON.stringify(errors));
  positions.push(Number(data.events.position));
  if (positions.length === Number(number)) break;
}
process.stdout.write(JSON.stringify(positions));
await client.dispose();
