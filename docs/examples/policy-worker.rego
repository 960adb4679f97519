# Which jobs of the vendor's gateway a worker runs, for an Open Policy Agent:
#   policy.opa.decision-path: sallyport/worker/decision
# docs/policy.md has the fields of `input`.
package sallyport.worker

import rego.v1

# Without a default there is no decision where no rule holds: denied as well, but with an error in
# the log instead of a reason.
default decision := {"allow": false, "reason": "no rule allows it"}

decision := {"allow": false, "reason": concat("; ", sort(objections))} if count(objections) > 0

decision := {"allow": true} if {
	count(objections) == 0
	startswith(input.repository, "team/")
	input.ref in {"refs/heads/main", "refs/heads/next"}
	known_command
}

known_command if input.command[0] == "make"

known_command if input.command == ["./ci/run", input.command[1]]

objections contains "a variable of the loader" if {
	some name in input.environment
	startswith(name, "LD_")
}

objections contains "secrets are for signed jobs" if {
	count(input.secrets) > 0
	not input.signed
}

objections contains "it may run for more than an hour" if input.timeout_seconds > 3600
