import Store

/// What Slurm says about one task of an array.
public struct SlurmTaskState: Sendable, Equatable {
  /// Slurm's word, such as `PENDING`.
  public let word: String
  /// Why, such as `Resources`; empty when there is none.
  public let reason: String

  /// Creates a state.
  public init(_ word: String, reason: String = "") {
    self.word = word
    self.reason = ["None", "(null)"].contains(reason) ? "" : reason
  }

  /// Where a task stands.
  public enum Stand: Sendable {
    /// It waits, for the first time or after Slurm has put it back.
    case pending
    /// It runs, or is about to leave.
    case running
    /// It is gone.
    case ended
  }

  /// Where the task stands; a word of a later Slurm counts as running, since only the end is final.
  public var stand: Stand {
    switch word {
    case "PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD",
      "SPECIAL_EXIT":
      .pending
    case "BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
      "PREEMPTED", "REVOKED", "TIMEOUT":
      .ended
    default: .running
    }
  }

  /// Why a task waits when it is not for its turn; nil for the usual reasons.
  public var hindrance: String? {
    let usual: Set<String> = [
      "", "Resources", "Priority", "JobArrayTaskLimit", "BeginTime", "Cleaning", "Prolog",
    ]
    return stand == .pending && !usual.contains(reason) ? reason : nil
  }

  /// What ended the task, to be read after "Slurm task 12_3".
  var end: String {
    switch word {
    case "TIMEOUT": "reached its time limit"
    case "OUT_OF_MEMORY": "used more memory than it had asked for"
    case "NODE_FAIL": "was lost: its machine failed"
    case "BOOT_FAIL": "was lost: its machine did not start"
    case "DEADLINE": "missed its deadline"
    case "PREEMPTED": "had to give way to another job"
    case "CANCELLED": "was cancelled"
    case "REVOKED": "was taken back by Slurm"
    case "FAILED": reason.isEmpty ? "ended with an error" : "ended with an error (\(reason))"
    default: "ended without saying how its run went"
    }
  }

  /// What the user can do about the end.
  var help: String {
    let retry = "'modlab run' with --retry failed resumes the run from its last checkpoint"
    switch word {
    case "TIMEOUT": return "give it more with --slurm time=…; \(retry)"
    case "OUT_OF_MEMORY": return "give it more with --slurm mem=…; \(retry)"
    default: return retry
    }
  }
}
