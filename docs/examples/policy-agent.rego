# What workers may fetch through a VCS agent, for an Open Policy Agent:
#   policy.opa.decision-path: sallyport/agent/decision
# docs/policy.md has the fields of `input`.
package sallyport.agent

import rego.v1

default decision := {"allow": false, "reason": "no rule allows it"}

# Jobs that a release key has signed may fetch all of it.
decision := {"allow": true} if {
	builders
	"7d4a1f0e6c2b93855c0e1d2f3a4b5c6d7e8f90112233445566778899aabbccdd" in input.signers
}

# All others see these refs and no other: the agent leaves the rest out of what Git shows.
else := {"allow": true, "refs": ["HEAD", "refs/heads/main", "refs/tags/v*"]} if {
	builders
	startswith(input.repository, "team/")
}

builders if startswith(input.worker, "spiffe://customer.example/worker/")
