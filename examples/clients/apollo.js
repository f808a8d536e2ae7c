import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { createClient } from 'graphql-ws';
import possible from './__generated__/possibleTypes.json' with { type: 'json' };

export const connect = (url) => new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === 'subscription',
    new GraphQLWsLink(createClient({ url: url.replace(/^http/, 'ws') })),
    new HttpLink({ uri: url }),
  ),
  cache: new InMemoryCache({
    possibleTypes: possible.possibleTypes,
    typePolicies: { Partnership: { fields: { timeline: relayStylePagination(['lanes']) } } },
  }),
});
