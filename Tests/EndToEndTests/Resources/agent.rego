package test.agent

import rego.v1

default decision := {"allow": false, "reason": "CANARY"}

decision := {"allow": true, "refs": ["refs/heads/main", "refs/heads/next"]} if {
	input.program == "agent"
	input.repository == "team/app.git"
	startswith(input.worker, "spiffe://customer.example/worker/")
	input.grant == null
}
