/**
 * @generated SignedSource<<90020caaa8d8d61df8e499100f421f4e>>
 * @lightSyntaxTransform
 */

/* eslint-disable */

'use strict';

var node = (function(){
var v0 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "after"
},
v1 = {
  "defaultValue": null,
  "kind": "LocalArgument",
  "name": "partnership"
},
v2 = [
  {
    "alias": null,
    "args": [
      {
        "kind": "Variable",
        "name": "after",
        "variableName": "after"
      },
      {
        "kind": "Variable",
        "name": "partnership",
        "variableName": "partnership"
      }
    ],
    "concreteType": "AuditEntry",
    "kind": "LinkedField",
    "name": "events",
    "plural": false,
    "selections": [
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "id",
        "storageKey": null
      },
      {
        "alias": null,
        "args": null,
        "kind": "ScalarField",
        "name": "position",
        "storageKey": null
      }
    ],
    "storageKey": null
  }
];
return {
  "fragment": {
    "argumentDefinitions": [
      (v0/*:: as any*/),
      (v1/*:: as any*/)
    ],
    "kind": "Fragment",
    "metadata": null,
    "name": "relay_operations_EventsSubscription",
    "selections": (v2/*:: as any*/),
    "type": "Subscription",
    "abstractKey": null
  },
  "kind": "Request",
  "operation": {
    "argumentDefinitions": [
      (v1/*:: as any*/),
      (v0/*:: as any*/)
    ],
    "kind": "Operation",
    "name": "relay_operations_EventsSubscription",
    "selections": (v2/*:: as any*/)
  },
  "params": {
    "cacheID": "c6051556dd236ee1ce46fa94a032bdec",
    "id": null,
    "metadata": {},
    "name": "relay_operations_EventsSubscription",
    "operationKind": "subscription",
    "text": "subscription relay_operations_EventsSubscription(\n  $partnership: ID!\n  $after: LogPosition!\n) {\n  events(partnership: $partnership, after: $after) {\n    id\n    position\n  }\n}\n"
  }
};
})();

node.hash = "14b5105bacf22ca9b9b47773850776fc";

export default node;
