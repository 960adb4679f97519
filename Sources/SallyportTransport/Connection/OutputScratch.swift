import NIOCore
import NIOPosix

/// One buffer for HTTP/2 frames per event loop thread: frames live there only from nghttp2 to
/// OpenSSL, and an idle connection keeps none.
enum OutputScratch {
  private final class Box {
    var buffer: ByteBuffer?
  }

  /// Bytes of frames that are made before they are encrypted.
  static let limit = 128 * 1_024

  /// Safe because each thread sees a box of its own, and event loops do not change threads.
  nonisolated(unsafe) private static let thread = ThreadSpecificVariable<Box>()

  static func take() -> ByteBuffer {
    if let box = thread.currentValue, var buffer = box.buffer {
      box.buffer = nil
      buffer.clear()
      return buffer
    }
    return ByteBufferAllocator().buffer(capacity: limit + 16 * 1_024)
  }

  static func giveBack(_ buffer: ByteBuffer) {
    guard let box = thread.currentValue else {
      let box = Box()
      box.buffer = buffer
      thread.currentValue = box
      return
    }
    box.buffer = buffer
  }
}
