import { documents } from './documents.js';
import { connect } from './urql.js';

export function using(url) {
  const client = connect(url);
  const ask = async (name, variables) => {
    const { data, error } = await client.query(documents[name], variables, { requestPolicy: 'network-only' }).toPromise();
    if (error) throw error;
    return data;
  };
  return {
    ask,
    // The answer is what the cache holds after this page: all pages up to it.
    page: (variables) => ask('Timeline', variables),
    next: (name, variables) => new Promise((resolve, reject) => {
      client.subscription(documents[name], variables)
        .subscribe(({ data, error }) => (error ? reject(error) : resolve(data.events)));
    }),
  };
}
