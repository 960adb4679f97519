import SallyportCore

/// An operator who calls.
struct OperatorCaller: Sendable {
  let caller: Caller
  let name: OperatorName

  var tenant: TenantName { caller.tenant }
}
