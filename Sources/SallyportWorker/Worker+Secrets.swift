import Logging
import SallyportConfig
import SallyportSecrets

extension WorkerSettings {
  /// Takes the secrets that the process was started with out of its environment.
  package func takeSecretVariables() {
    guard let catalog = admission.secrets?.current else { return }
    attempts.secrets.variables.take(catalog.variables)
  }
}

extension Worker {
  /// Reads the secrets file again, for the jobs that are admitted from now on. What runs goes on.
  ///
  /// Where the file is not valid, the one before stays in force.
  package func reloadSecrets() async {
    guard let secrets = settings.admission.secrets else { return }
    do throws(ConfigError) {
      let catalog = try await disk.perform { () throws(ConfigError) in try secrets.reload() }
      settings.takeSecretVariables()
      logger.notice("secrets file reloaded", metadata: ["secrets": "\(catalog.names.count)"])
    } catch {
      logger.error(
        "secrets file not reloaded: the one before stays in force",
        metadata: ["error": "\(error)"])
    }
  }
}
