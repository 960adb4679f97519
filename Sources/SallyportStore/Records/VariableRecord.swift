package import SallyportCore

/// A variable of a context.
package struct VariableRecord: Hashable, Sendable {
  package var tenant: TenantName
  package var context: ContextName
  package var name: String
  package var value: String
  package var setAt: Timestamp
  package var setBy: String

  package init(
    tenant: TenantName, context: ContextName, name: String, value: String, setAt: Timestamp,
    setBy: String
  ) {
    self.tenant = tenant
    self.context = context
    self.name = name
    self.value = value
    self.setAt = setAt
    self.setBy = setBy
  }
}
