import SallyportConfig
import SallyportCore

extension ConfigValues {
  /// Runs what uses the value of a setting; its failure is one of the configuration, and names where
  /// the value came from and its key.
  ///
  /// - Throws: `ErrorReport` with exit code 78.
  func using<Value, Result>(
    _ setting: Setting<Value>, _ body: (Value) throws -> Result
  ) throws -> Result {
    do {
      return try body(self[setting])
    } catch {
      throw ErrorReport(
        "\(origin(of: setting)): \(setting.name): \(error)", exitCode: ExitCode.configuration)
    }
  }
}
