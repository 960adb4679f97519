import Logging
import SallyportConfig
import SallyportPolicy

extension Worker {
  /// Reads the policy file again, for the jobs from now on. What runs goes on.
  ///
  /// Where the file is not valid, the policy that was in force stays in force.
  package func reloadPolicy() async {
    guard let policy = settings.admission.policy else {
      logger.notice("nothing to reload: there is no policy file")
      return
    }
    do throws(ConfigError) {
      let loaded = try await disk.perform { () throws(ConfigError) in try policy.reload() }
      logger.notice(
        "policy reloaded",
        metadata: [
          "rules": "\(loaded.policy.rules.count)",
          "policy-sha256": "\(loaded.digest?.rawValue ?? "none")",
        ])
    } catch {
      logger.error(
        "policy not reloaded: the one before stays in force", metadata: ["error": "\(error)"])
    }
  }
}
