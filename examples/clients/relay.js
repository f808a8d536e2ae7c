import { createClient } from 'graphql-ws';
import runtime from 'relay-runtime';

const { Environment, Network, Observable, RecordSource, Store } = runtime;

export const connect = (url) => {
  const socket = createClient({ url: url.replace(/^http/, 'ws') });
  const headers = { 'Content-Type': 'application/json' };
  const ask = async ({ text }, variables) =>
    (await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: text, variables }) })).json();
  const listen = ({ text }, variables) =>
    Observable.create((sink) => socket.subscribe({ query: text, variables }, sink));
  return new Environment({ network: Network.create(ask, listen), store: new Store(new RecordSource()) });
};
