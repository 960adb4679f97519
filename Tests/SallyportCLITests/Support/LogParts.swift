import FoundationEssentials
import SallyportCore
import SallyportProtos
import SwiftProtobuf

func encoded(_ entries: [(LogStreamID, String)]) -> [UInt8] {
  var bytes: [UInt8] = []
  for (stream, text) in entries {
    LogEntry(stream: stream, timestamp: 1_752_829_503_000_042, payload: Array(text.utf8))
      .encode(into: &bytes)
  }
  return bytes
}

func part(
  _ bytes: some Sequence<UInt8>, at offset: Int = 0, epoch: UInt64 = 1,
  _ state: Sallyport_Operator_V1_LogState = .open
) -> Sallyport_Operator_V1_LogPart {
  .with {
    $0.epoch = epoch
    $0.offset = UInt64(offset)
    $0.data = Data(Array(bytes))
    $0.logState = state
  }
}
