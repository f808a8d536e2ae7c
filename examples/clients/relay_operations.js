// What relay-compiler reads. Its artifacts are imported from __generated__.
import runtime from 'relay-runtime';

const { graphql } = runtime;

export const operations = () => [
  graphql`
    query relay_operations_TimelineQuery($code: String!, $first: Int!, $after: String, $atLeast: LogPosition) {
      partnership(code: $code, atLeast: $atLeast) {
        id
        timeline(first: $first, after: $after) @connection(key: "Partnership_timeline", filters: []) {
          edges { node { __typename id title lane on { text } amount { amount currency } } }
          pageInfo { hasNextPage endCursor }
        }
      }
    }
  `,
  graphql`
    subscription relay_operations_EventsSubscription($partnership: ID!, $after: LogPosition!) {
      events(partnership: $partnership, after: $after) { id position }
    }
  `,
  graphql`
    query relay_operations_PositionQuery { log { position } }
  `,
  graphql`
    query relay_operations_LateBidsQuery {
      delays(filter: { openOnly: true, breachedOnly: true }, first: 100) {
        nodes { bid { id reference } clock { openDays waitingFor waitingOn } }
      }
    }
  `,
  graphql`
    query relay_operations_ProgrammeQuery($code: String!) {
      programme(code: $code) {
        id
        funding { awarded { amount } }
        schemes { id name funding { awarded { amount } } }
      }
    }
  `,
  graphql`
    query relay_operations_SchemeQuery($id: ID!) {
      node(id: $id) {
        __typename
        id
        ... on Scheme { partnerships(first: 100) { nodes { id name funding { awarded { amount } } } } }
      }
    }
  `,
  graphql`
    query relay_operations_AwardsQuery($id: ID!) {
      node(id: $id) {
        __typename
        id
        ... on Partnership {
          awards { id reference funding { awarded { amount events(first: 100) { nodes { id name actor } } } } }
        }
      }
    }
  `,
];
