package test.worker

import rego.v1

default decision := {"allow": false, "reason": "no rule allows it"}

decision := {"allow": true} if {
	input.program == "worker"
	input.repository == "team/app.git"
	input.ref == "refs/heads/main"
	input.command[0] == "cp"
	not input.signed
}

decision := {"allow": false, "reason": "CANARY"} if input.command[0] == "touch"

# Two values at once: an error of the evaluation.
decision := {"allow": true} if input.command[0] == "mkdir"

decision := {"allow": false} if input.command[0] == "mkdir"

# Without a default.
undefined_for_most := true if input.command[0] == "cp"
