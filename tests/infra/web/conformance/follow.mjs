// The positions of so many events after a position, as a client of either protocol tells them.
const query = 'subscription ($after: LogPosition) { events(after: $after) { position } }';

export async function follow(client, after, number) {
  const positions = [];
  for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
    if (errors) throw new Error(JSON.stringify(errors));
    positions.push(Number(data.events.position));
    if (positions.length === Number(number)) return positions;
  }
  throw new Error('the events came to an end');
}
