using System.Text.Json.Serialization;

namespace Pipelines.Contracts;

/// <summary>Asks for a promotion over the broker: sent to the exchange <c>pipelines.commands.promote-flows</c>, as raw JSON or in MassTransit's envelope.</summary>
/// <param name="Pipeline">The pipeline to promote through.</param>
/// <param name="SnapshotDigest">A stored snapshot to promote; without it a new one is taken.</param>
/// <param name="Until">The stage after which it ends: its kind, or the target of a rollout; without it the promotion walks through all.</param>
/// <param name="RequestedBy">Who wants it, in the words of the sender; up to 200 characters.</param>
/// <param name="Note">Why, for people; up to 2000 characters.</param>
public sealed record PromoteFlows(string Pipeline, string? SnapshotDigest = null, string? Until = null, string? RequestedBy = null, string? Note = null);

/// <summary>What became of a command. A word wherever it travels: a number says nothing to those who are not .NET.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CommandStatus>))]
public enum CommandStatus
{
    /// <summary>It is stored and will be done.</summary>
    Accepted,

    /// <summary>The same command had been accepted before; this is what became of it.</summary>
    Duplicate,

    /// <summary>It is understood and not done; the reason says why.</summary>
    Refused,

    /// <summary>It cannot be understood; the field is named. The message is set aside and can be seen with GET /dead-letters.</summary>
    Fault,
}

/// <summary>The answer to a command, sent where its reply address says.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="PromotionId">The promotion that it is about; absent when there is none.</param>
/// <param name="Reason">Why it is not done, with the cure, for people.</param>
/// <param name="Field">The field or header that is wrong; a field of the body by its name.</param>
/// <param name="InTheWay">The promotion that stands in the way.</param>
public sealed record CommandAnswer(CommandStatus Status, Guid? PromotionId = null, string? Reason = null, string? Field = null, Guid? InTheWay = null);
