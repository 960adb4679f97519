import Glibc
package import SallyportSecrets
import Synchronization

/// Secrets that the worker was started with in its environment.
///
/// They are taken out of it: `/proc/PID/environ` shows zeros where they were.
package final class TakenVariables: Sendable {
  private let values = Mutex<[String: SecretValue]>([:])

  package init() {}

  /// Takes variables, those that are there. To call before jobs run; what was taken once stays.
  package func take(_ names: some Sequence<String>) {
    values.withLock { values in
      for name in names {
        guard let text = getenv(name) else { continue }
        let length = strlen(text)
        guard length > 0 else { continue }
        values[name] = SecretValue(UnsafeRawBufferPointer(start: text, count: length))
        // In place: the list of variables stays as other threads may be reading it.
        explicit_bzero(text, length)
      }
    }
  }

  /// Nil where the worker was started without it, or with an empty one.
  package subscript(name: String) -> SecretValue? { values.withLock { $0[name] } }
}
