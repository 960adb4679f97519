import ArgumentParser
import SallyportCore

/// The operator that a command makes.
struct OperatorOptions: ParsableArguments {
  @Option(name: .customLong("operator"), help: "Name of the operator.") var operatorName: String
  @Option(help: "Folder to make for the operator.", completion: .directory) var out: String
  @Option(help: "Lifetime of the operator's certificate, 1 to 365 days.") var lifetimeDays = 30

  func validate() throws {
    guard (1...365).contains(lifetimeDays) else {
      throw ValidationError("--lifetime-days: 1 to 365")
    }
  }

  func create(in installation: Installation, tenant: TenantName) async throws {
    try await OperatorFolder(
      ca: installation.ca, store: installation.store,
      endpoint: try installation.operatorEndpoint()
    ).create(
      at: out, tenant: tenant, name: try OperatorName(operatorName),
      lifetime: .seconds(lifetimeDays * 86_400))
    print("operator \(operatorName) of tenant \(tenant): \(out)")
  }
}
