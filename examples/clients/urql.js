import { readFileSync } from 'node:fs';
import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange } from '@urql/exchange-graphcache';
import { relayPagination } from '@urql/exchange-graphcache/extras';
import { buildSchema, introspectionFromSchema, isObjectType } from 'graphql';
import { createClient } from 'graphql-ws';

const schema = buildSchema(readFileSync(new URL('../../api/schema.graphql', import.meta.url), 'utf8'));
// A type without an id is a value: it is kept in the object that has it.
const values = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) && !type.getFields().id);

// A new entry moves the ends of pages, so the pages that are held are asked for again.
const forget = (held, of) => held.inspectFields(of).filter(({ fieldName }) => fieldName === 'timeline')
  .forEach((field) => held.invalidate(of, field.fieldName, field.arguments));

export const connect = (url) => {
  const socket = createClient({ url: url.replace(/^http/, 'ws') });
  const forwardSubscription = (request) => ({
    subscribe: (sink) => ({ unsubscribe: socket.subscribe({ ...request, query: request.query ?? '' }, sink) }),
  });
  const cache = cacheExchange({
    schema: introspectionFromSchema(schema),
    keys: Object.fromEntries(values.map(({ name }) => [name, () => null])),
    resolvers: { Partnership: { timeline: relayPagination() } },
    updates: { Subscription: { events: (_, { partnership: id }, held) => forget(held, { __typename: 'Partnership', id }) } },
  });
  return new Client({
    url, preferGetMethod: false, exchanges: [cache, fetchExchange, subscriptionExchange({ forwardSubscription })],
  });
};
