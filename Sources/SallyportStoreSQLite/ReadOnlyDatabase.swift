import GRDB
import Glibc
import SallyportStore

/// A database that is looked at beside a gateway which may be using it.
enum ReadOnlyDatabase {
  /// - Throws: ``StoreError/Code/missing``; an error of SQLite.
  static func open(_ path: String) throws -> DatabaseQueue {
    guard access(path, F_OK) == 0 else {
      throw StoreError(code: .missing, message: "there is no database \(path)")
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { try $0.forgetWhatIsDeleted() }
    configuration.label = "sallyport.store.reader"
    return try DatabaseQueue(path: path, configuration: configuration)
  }
}
