import Logging
import SallyportConfig
import SallyportLedger
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
      await record(loaded, from: policy)
    } catch {
      logger.error(
        "policy not reloaded: the one before stays in force", metadata: ["error": "\(error)"])
    }
  }

  /// That it cannot be recorded changes nothing about what is in force: a file that was made
  /// stricter counts all the same, and no job begins whose own record cannot be written.
  private func record(_ loaded: LoadedPolicy, from source: PolicySource) async {
    guard let entry = LedgerPolicy(loaded, from: source) else { return }
    do throws(LedgerError) {
      try await ledger.append(entry)
    } catch {
      logger.error("policy in force not recorded", metadata: ["error": "\(error)"])
    }
  }
}

extension LedgerPolicy {
  /// Nil for a policy that is not from a file.
  init?(_ loaded: LoadedPolicy, from source: PolicySource) {
    guard let path = source.path, let digest = loaded.digest else { return nil }
    self.init(source: path, sha256: digest.rawValue, rules: loaded.policy.rules.count)
  }
}
