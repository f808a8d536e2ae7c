// Reads a partnership's timeline with relay-runtime, which stores everything by its id alone, and prints what it holds.
import runtime from 'relay-runtime';

const { Environment, Network, RecordSource, Store, createOperationDescriptor } = runtime;
const [url, code] = process.argv.slice(2);

const scalar = (name) => ({ alias: null, args: null, kind: 'ScalarField', name, storageKey: null });
const linked = (name, concreteType, plural, selections, args = null) => ({
  alias: null, args, concreteType, kind: 'LinkedField', name, plural, selections, storageKey: null,
});
const event = linked('event', 'AuditEntry', false, [scalar('id'), scalar('name'), scalar('position')]);
const entry = linked('nodes', null, true, ['__typename', 'id', 'title', 'kind', 'position'].map(scalar).concat(event));
const selections = [
  linked(
    'partnership', 'Partnership', false,
    [
      scalar('id'), scalar('name'),
      linked('timeline', 'TimelineConnection', false, [entry], [{ kind: 'Literal', name: 'first', value: 100 }]),
    ],
    [{ kind: 'Variable', name: 'code', variableName: 'code' }],
  ),
];
const argumentDefinitions = [{ defaultValue: null, kind: 'LocalArgument', name: 'code' }];
// What relay-compiler makes from the operation.
const request = {
  kind: 'Request',
  fragment: { argumentDefinitions, kind: 'Fragment', metadata: null, name: 'Timeline', selections, type: 'Query', abstractKey: null },
  operation: { argumentDefinitions, kind: 'Operation', name: 'Timeline', selections },
  params: {
    cacheID: 'timeline', id: null, metadata: {}, name: 'Timeline', operationKind: 'query',
    text: `query Timeline($code: String) { partnership(code: $code) { id name timeline(first: 100) { nodes {
      __typename id title kind position event { id name position } } } } }`,
  },
};

const network = Network.create(async ({ text }, variables) => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: text, variables }),
  });
  return answer.json();
});
const environment = new Environment({ network, store: new Store(new RecordSource()) });
const operation = createOperationDescriptor(request, { code });
await new Promise((complete, error) => environment.execute({ operation }).subscribe({ complete, error }));

const records = environment.getStore().getSource();
const types = Object.fromEntries(records.getRecordIDs().map((id) => [id, records.get(id).__typename]));
const { data } = environment.lookup(operation.fragment);
process.stdout.write(JSON.stringify({ types, nodes: data.partnership.timeline.nodes }));
