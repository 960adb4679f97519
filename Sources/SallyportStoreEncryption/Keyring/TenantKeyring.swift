package import SallyportCore
internal import Synchronization

/// The tenants' keys that this process has opened, and the folder where they are kept wrapped.
///
/// Looking a key up is for any thread; opening one reads a file and asks the master key, once for
/// all who wait for it.
package final class TenantKeyring: Sendable {
  private struct State {
    var opened: [TenantName: TenantKeys] = [:]
    /// Whoever waits for keys that somebody else opens; nil is for all that are open.
    var waiting: [TenantName?: [CheckedContinuation<Void, Never>]] = [:]
    var generation: UInt64 = 0
    /// Of `refresh`: what was read before the newest began may be outdated.
    var refreshes: UInt64 = 0
  }

  let folder: TenantKeyFolder
  let master: any MasterKey
  let next: (any MasterKey)?
  private let state = Mutex(State())
  private let disk = BlockingQueue(label: "sallyport.tenant-keys")

  /// - Parameters:
  ///   - folder: Of the wrapped keys; made with the first of them.
  ///   - next: What ``rewrap(_:)`` wraps by, or has wrapped by: opens as ``master`` does, and wraps
  ///     what is made from now on. Nil where the master key stays.
  package init(folder: String, master: any MasterKey, next: (any MasterKey)? = nil) {
    self.folder = TenantKeyFolder(path: folder)
    self.master = master
    self.next = next
  }

  /// Nil where they have not been opened.
  package func keys(of tenant: TenantName) -> TenantKeys? {
    state.withLock { $0.opened[tenant] }
  }

  /// Which version of the folder the opened keys are at least as new as.
  package var generation: UInt64 { state.withLock { $0.generation } }

  /// Opens a tenant's keys, or finds that they are open.
  ///
  /// - Parameter id: A key that is needed; where the opened ones lack it, the file is read again.
  /// - Throws: ``EncryptionError/Code/keyFile`` where the tenant has no keys,
  ///   ``EncryptionError/Code/wrongKey`` where it has not this one, and what unwrapping throws.
  package func open(
    _ tenant: TenantName, needing id: TenantKeyID? = nil
  ) async throws(EncryptionError) {
    while true {
      if let keys = keys(of: tenant), id.map(keys.has) ?? true { return }
      guard await waitForTurn(tenant) else { continue }
      defer { endTurn(tenant) }
      let refreshes = state.withLock { $0.refreshes }
      let keys = try await load(tenant)
      if let id, !keys.has(id) {
        throw EncryptionError(
          .wrongKey,
          "a value is encrypted under key \(id) of \(tenant), which \(folder.path) does not hold")
      }
      let isNewest = state.withLock { state in
        guard state.refreshes == refreshes else { return false }
        state.opened[tenant] = keys
        return true
      }
      if isNewest { return }
    }
  }

  /// Opens what was opened before again where its file has changed since.
  ///
  /// - Parameter generation: What the database said before this was called.
  package func refresh(to generation: UInt64) async throws(EncryptionError) {
    while self.generation < generation {
      guard await waitForTurn(nil) else { continue }
      defer { endTurn(nil) }
      try await readAgain()
      state.withLock { $0.generation = max($0.generation, generation) }
    }
  }

  private func readAgain() async throws(EncryptionError) {
    let opened = state.withLock { state in
      state.refreshes += 1
      return state.opened
    }
    for (tenant, old) in opened {
      guard let file = try await read(tenant) else {
        state.withLock { $0.opened[tenant] = nil }
        continue
      }
      guard file != old.file else { continue }
      let keys = try await unwrapped(file, of: tenant)
      state.withLock { $0.opened[tenant] = keys }
    }
  }

  /// Makes the keys of a new tenant, durably; keeps those that it has.
  package func make(for tenant: TenantName) async throws(EncryptionError) {
    let first = try await newest.wrap(.generate(for: tenant, id: .first))
    let index = try await newest.wrap(.generate(for: tenant, id: .index))
    let file = TenantKeyFile(first: first, index: index)
    _ = try await onDisk { [folder] in
      try folder.prepare()
      return try folder.create(file, of: tenant)
    }
    try await open(tenant)
  }

  /// Forgets a tenant's opened keys, and that somebody may be opening them.
  func forget(_ tenant: TenantName) {
    state.withLock { state in
      state.refreshes += 1
      state.opened[tenant] = nil
    }
  }

  private func load(_ tenant: TenantName) async throws(EncryptionError) -> TenantKeys {
    guard let file = try await read(tenant) else {
      guard try await !isDestroyed(tenant) else {
        throw EncryptionError(
          .destroyed, "the keys of tenant \(tenant) were destroyed: nothing of it can be read")
      }
      throw EncryptionError(
        .keyFile,
        "\(folder.file(of: tenant)) does not exist: without it nothing of tenant \(tenant) can be "
          + "read; restore it from its backup")
    }
    return try await unwrapped(file, of: tenant)
  }

  private func unwrapped(
    _ file: TenantKeyFile, of tenant: TenantName
  ) async throws(EncryptionError) -> TenantKeys {
    var all: [TenantKeyID: TenantKey] = [:]
    for entry in file.keys {
      all[entry.id] = try await unwrap(entry.wrapped, of: tenant, id: entry.id)
    }
    guard let current = all[file.current] else {
      throw EncryptionError(.malformed, "\(folder.file(of: tenant)) holds no key")
    }
    let index = try await unwrap(file.index, of: tenant, id: .index)
    return TenantKeys(
      tenant: tenant, current: current, all: all, index: IndexKey(index), file: file)
  }

  /// The master key that wraps what is wrapped anew.
  var newest: any MasterKey { next ?? master }

  func unwrap(
    _ wrapped: WrappedTenantKey, of tenant: TenantName, id: TenantKeyID
  ) async throws(EncryptionError) -> TenantKey {
    let isNext = next?.id == wrapped.masterKey
    return try await (isNext ? newest : master).unwrap(wrapped, of: tenant, id: id)
  }

  func read(_ tenant: TenantName) async throws(EncryptionError) -> TenantKeyFile? {
    try await onDisk { [folder] in try folder.read(tenant) }
  }

  func onDisk<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws(EncryptionError) -> Value {
    do {
      return try await disk.run(work)
    } catch let error as EncryptionError {
      throw error
    } catch {
      throw EncryptionError(.keyFile, "the tenants' keys: \(error)")
    }
  }

  /// - Returns: Whether it is the caller's turn; otherwise somebody else's has ended meanwhile.
  private func waitForTurn(_ tenant: TenantName?) async -> Bool {
    let isFirst = state.withLock { state in
      guard state.waiting[tenant] == nil else { return false }
      state.waiting[tenant] = []
      return true
    }
    if isFirst { return true }
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        guard state.waiting[tenant] != nil else { return true }
        state.waiting[tenant]?.append(continuation)
        return false
      }
      if hasEnded { continuation.resume() }
    }
    return false
  }

  private func endTurn(_ tenant: TenantName?) {
    let waiting = state.withLock { $0.waiting.removeValue(forKey: tenant) }
    for continuation in waiting ?? [] { continuation.resume() }
  }
}
