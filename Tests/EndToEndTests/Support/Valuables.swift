/// Something recognisable of every kind that a gateway handles for a tenant, by what should become of
/// it; put there by real jobs and commands.
struct Valuables: Sendable {
  /// What never reaches the gateway but closed: not for who has its master key either.
  let sealedSecret = Canary()
  let sealedLine = Canary()
  let providedSecret = Canary()
  let addedMask = Canary()
  /// Of what is looked up, the gateway keeps a hash.
  let idempotencyKey = Canary()
  /// What is encrypted under the tenant's key.
  let variable = Canary()
  let jobVariable = Canary()
  let argument = Canary()
  let line = Canary()
  let pauseReason = Canary()
  /// What the inventory lists as plain.
  let context = Canary()
  let variableName = "NAME_\(UInt64.random(in: .min ... .max))"

  var closed: Set<Canary> { [sealedSecret, sealedLine, providedSecret, addedMask] }
  var encrypted: Set<Canary> { [variable, jobVariable, argument, line, pauseReason] }
  var all: Set<Canary> { closed.union(encrypted).union([idempotencyKey, context]) }
}
