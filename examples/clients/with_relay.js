import runtime from 'relay-runtime';
import { connect } from './relay.js';

const { createOperationDescriptor, fetchQuery, requestSubscription } = runtime;

const artifact = async (name, kind) =>
  (await import(`./__generated__/relay_operations_${name}${kind}.graphql.js`)).default;

export function using(url) {
  const environment = connect(url);
  const ask = async (name, variables) =>
    fetchQuery(environment, await artifact(name, 'Query'), variables, { fetchPolicy: 'network-only' }).toPromise();
  return {
    ask,
    // The answer is what the store holds after this page: all pages up to it.
    async page(variables) {
      const operation = createOperationDescriptor(await artifact('Timeline', 'Query'), variables);
      environment.retain(operation);
      await environment.execute({ operation }).toPromise();
      return environment.lookup(operation.fragment).data;
    },
    async next(name, variables) {
      const subscription = await artifact(name, 'Subscription');
      return new Promise((resolve, reject) => {
        requestSubscription(environment, { subscription, variables, onNext: ({ events }) => resolve(events), onError: reject });
      });
    },
  };
}
