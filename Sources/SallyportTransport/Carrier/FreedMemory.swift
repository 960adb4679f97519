import CSallyportProcess

/// What the process does with memory that it has freed.
enum FreedMemory {
  /// Bytes that an arena of the allocator keeps at its end.
  private static let kept: Int32 = 16 << 20
  /// Bytes from which a block is a mapping of its own, given back as soon as it is freed. Above the
  /// largest buffer of a connection's turn.
  private static let mapped: Int32 = 8 << 20

  /// Keeps some of it for what comes next. By glibc's own measure, the buffers of a busy connection
  /// go back to the system after each turn and are faulted in again page by page in the next: a
  /// quarter of what a relayed byte costs.
  ///
  /// For the whole process, once; reading it is what does it.
  static let isKept = sallyport_process_keep_freed_memory(kept, mapped) == 0
}
