import { connect } from './apollo.js';
import { documents } from './documents.js';

export function using(url) {
  const client = connect(url);
  const ask = async (name, variables) => {
    const { data } = await client.query({ query: documents[name], variables, fetchPolicy: 'network-only' });
    return data;
  };
  return {
    ask,
    async page(variables) {
      await ask('Timeline', variables);
      return client.readQuery({ query: documents.Timeline, variables });
    },
    next: (name, variables) => new Promise((resolve, reject) => {
      client.subscribe({ query: documents[name], variables })
        .subscribe({ next: ({ data }) => resolve(data.events), error: reject });
    }),
  };
}
