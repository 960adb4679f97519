internal import Glibc

/// The folder of a ledger: `head`, `lock`, and files of records. Every call blocks.
struct LedgerDirectory: Sendable {
  static let headName = "head"
  static let lockName = "lock"
  /// Files that are read; a folder with more is not one that a ledger made.
  static let maximumFiles = 10_000

  let path: String
  var calls = LedgerCalls()

  init(_ path: String, calls: LedgerCalls = LedgerCalls()) {
    self.path = path
    self.calls = calls
  }

  enum Head {
    case value(LedgerHead)
    case malformed
    case missing

    var value: LedgerHead? {
      if case .value(let head) = self { head } else { nil }
    }
  }

  func path(of name: LedgerFileName) -> String { "\(path)/\(name)" }

  /// Makes the folder where there is none; refuses one that others can look into.
  func prepare() throws(LedgerError) {
    if mkdir(path, 0o700) == 0 {
      try Self.synchronize(Self.parent(of: path))
    } else if errno != EEXIST {
      throw .system("make the folder \(path)", errno)
    }
    var status = stat()
    guard lstat(path, &status) == 0 else { throw .system("examine \(path)", errno) }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw LedgerError(.unsafe, "\(path) is not a folder: a ledger needs one of its own")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw LedgerError(
        .unsafe, "\(path) can be accessed by other users; run: chmod 700 \(path)")
    }
  }

  /// The files of records, oldest first.
  func files() throws(LedgerError) -> [LedgerFileName] {
    guard let stream = opendir(path) else {
      let code = errno
      guard code == ENOENT else { throw .system("list \(path)", code) }
      throw LedgerError(.notFound, "\(path) does not exist")
    }
    defer { closedir(stream) }
    var files: [LedgerFileName] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let file = LedgerFileName(name) else { continue }
      guard files.count < Self.maximumFiles else {
        throw LedgerError(
          .unsafe, "\(path) has more than \(Self.maximumFiles) files: it is not a ledger's folder")
      }
      files.append(file)
    }
    return files.sorted()
  }

  /// Nil where it is not there.
  func openForReading(_ name: LedgerFileName) throws(LedgerError) -> LedgerFile? {
    try LedgerFile(path(of: name), O_RDONLY, calls: calls)
  }

  /// Zero where it is not there.
  func size(of name: LedgerFileName) throws(LedgerError) -> Int64 {
    try openForReading(name)?.size() ?? 0
  }

  /// A process may be rewriting it in place: two readings that agree are taken.
  func readHead() throws(LedgerError) -> Head {
    guard let file = try LedgerFile("\(path)/\(Self.headName)", O_RDONLY, calls: calls) else {
      return .missing
    }
    var bytes = try file.read(at: 0, upTo: LedgerHead.length + 1)
    for _ in 0..<100 {
      let again = try file.read(at: 0, upTo: LedgerHead.length + 1)
      if again == bytes { break }
      bytes = again
    }
    return LedgerHead(bytes).map(Head.value) ?? .malformed
  }

  func openHead() throws(LedgerError) -> LedgerFile? {
    try LedgerFile("\(path)/\(Self.headName)", O_RDWR, isPrivate: true, calls: calls)
  }

  /// Writes a `head` where there is none, so that it is either wholly there or not at all.
  func createHead(_ head: LedgerHead) throws(LedgerError) {
    let temporary = "\(path)/\(Self.headName).new"
    unlink(temporary)
    guard
      let file = try LedgerFile(temporary, O_RDWR | O_CREAT | O_EXCL, calls: calls)
    else { throw .system("make \(temporary)", ENOENT) }
    try file.write(head.bytes, at: 0)
    try file.synchronize()
    guard rename(temporary, "\(path)/\(Self.headName)") == 0 else {
      throw .system("make \(path)/\(Self.headName)", errno)
    }
    try synchronize()
  }

  func open(_ name: LedgerFileName) throws(LedgerError) -> LedgerFile? {
    try LedgerFile(path(of: name), O_RDWR, isPrivate: true, calls: calls)
  }

  func create(_ name: LedgerFileName) throws(LedgerError) -> LedgerFile {
    guard
      let file = try LedgerFile(path(of: name), O_RDWR | O_CREAT | O_EXCL, calls: calls)
    else { throw .system("make \(path(of: name))", ENOENT) }
    return file
  }

  /// - Returns: Whether it is gone.
  @discardableResult
  func remove(_ name: LedgerFileName) -> Bool { unlink(path(of: name)) == 0 || errno == ENOENT }

  func openLock() throws(LedgerError) -> LedgerFile {
    let path = "\(path)/\(Self.lockName)"
    guard let file = try LedgerFile(path, O_RDWR | O_CREAT, calls: calls) else {
      throw .system("make \(path)", ENOENT)
    }
    return file
  }

  /// Makes files that were made or removed last.
  func synchronize() throws(LedgerError) { try Self.synchronize(path) }

  private static func synchronize(_ path: String) throws(LedgerError) {
    let number = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0 else { throw .system("open \(path)", errno) }
    defer { close(number) }
    guard fsync(number) == 0 else { throw .system("write \(path) to the disk", errno) }
  }

  private static func parent(of path: String) -> String {
    let parts = path.split(separator: "/")
    let parent = parts.dropLast().joined(separator: "/")
    if path.hasPrefix("/") { return "/" + parent }
    return parent.isEmpty ? "." : parent
  }
}
