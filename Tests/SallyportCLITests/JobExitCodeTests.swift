import SallyportCLI
import SallyportProtos
import SwiftProtobuf
import Testing

@Suite struct JobExitCodeTests {
  private func job(
    _ state: Sallyport_Operator_V1_JobState, exitCode: Int32? = nil, signal: Int32? = nil
  ) -> Sallyport_Operator_V1_Job {
    .with {
      $0.id = "j1"
      $0.state = state
      if let exitCode { $0.exitCode = exitCode }
      if let signal { $0.signal = signal }
    }
  }

  @Test func everyEndHasItsCode() {
    #expect(JobExitCode.code(for: job(.succeeded, exitCode: 0)) == 0)
    #expect(JobExitCode.code(for: job(.failed, exitCode: 1)) == 1)
    #expect(JobExitCode.code(for: job(.failed, exitCode: 255)) == 255)
    #expect(JobExitCode.code(for: job(.failed, signal: 9)) == 137)
    #expect(JobExitCode.code(for: job(.failed)) == 126)
    #expect(JobExitCode.code(for: job(.timedOut, signal: 9)) == 124)
    #expect(JobExitCode.code(for: job(.cancelled, signal: 15)) == 125)
    #expect(JobExitCode.code(for: job(.lost)) == 75)
    // Never success for a job that did not succeed, whatever the gateway says.
    for code: Int32 in [0, 256, 512, -1, .max, .min] {
      #expect(JobExitCode.code(for: job(.failed, exitCode: code)) == 126)
      #expect(JobExitCode.code(for: job(.failed, signal: code)) == 126)
    }
  }

  @Test func everyEndIsExplained() {
    #expect(JobExitCode.explanation(for: job(.succeeded)) == nil)
    #expect(JobExitCode.explanation(for: job(.failed, signal: 9)) == "job j1 was ended by signal 9")
    #expect(JobExitCode.explanation(for: job(.failed)) == "job j1 failed before its command ran")
    #expect(JobExitCode.explanation(for: job(.timedOut)) == "job j1 ran into its timeout")
  }
}
