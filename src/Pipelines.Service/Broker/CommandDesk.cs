using System.Text.Json;
using MassTransit;
using Pipelines.Contracts;
using Pipelines.Engine.Definitions;
using Pipelines.Engine.Triggers;
using Pipelines.NodeRed.Flows;
using Pipelines.Service.Http;
using Pipelines.Storage.Durable;
using Pipelines.Storage.Promotions;
using Pipelines.Storage.Reading;

namespace Pipelines.Service.Broker;

/// <summary>
/// Judges a command from the broker and does it, through the same door as every other trigger. Who has not proved itself learns only that; what is stored is
/// stored before anybody is answered.
/// </summary>
internal sealed class CommandDesk(
    CommandSenders senders, DefinitionShelf definitions, PromotionDoor door, PromotionReader reader, SeenCommands seen, IPublishEndpoint bus, UnitOfWork unit)
{
    /// <exception cref="CommandFaultException">It cannot be understood.</exception>
    public async Task<CommandAnswer> HandleAsync(CommandMessage message, CancellationToken cancellationToken)
    {
        if (senders.Of(message) is not { } sender)
        {
            return Refused(
                $"Nobody who may send commands sent this. Set the property user_id to a user of {CommandSender.Section}, or sign the body as a webhook is signed "
                + $"({StandardWebhook.IdHeader}, {StandardWebhook.TimestampHeader}, {StandardWebhook.SignatureHeader}).", "user_id");
        }

        if (!sender.May(message.Kind))
        {
            return Refused($"'{sender.Name}' may not send {message.Kind}. Its scopes are {string.Join(", ", sender.Scopes)}.");
        }

        var key = $"bus:{sender.Name}:{message.Source}:{message.NeedId()}";
        try
        {
            return message.Kind == CommandKind.PromoteFlows
                ? await PromoteAsync(message, sender, key, cancellationToken)
                : await OperateAsync(message, sender, key, cancellationToken);
        }
        catch (RefusedException e)
        {
            return Refused(e.Message);
        }
        catch (PromotionRefusedException e)
        {
            return Refused(e.Message) with { InTheWay = e.InTheWay };
        }
        finally
        {
            await unit.RollbackAsync();
        }
    }

    private async Task<CommandAnswer> PromoteAsync(CommandMessage message, CommandSender sender, string key, CancellationToken cancellationToken)
    {
        var body = message.Command("pipeline", "snapshotDigest", "until", "requestedBy", "note");
        var pipeline = Text(body, "pipeline", 100, oneLine: true) ?? throw new CommandFaultException("pipeline", "'pipeline' is missing. Name the pipeline to promote through.");
        var digest = Text(body, "snapshotDigest", 100);
        if (digest is not null && !Digest.TryParse(digest, out _))
        {
            throw new CommandFaultException("snapshotDigest", $"'snapshotDigest' is '{BodyReader.Shown(digest)}'; a digest is 64 lowercase hex digits (SHA-256).");
        }

        var by = Text(body, "requestedBy", 200, oneLine: true);
        var note = Text(body, "note", 2000);
        if (!sender.MayAbout(pipeline))
        {
            return Refused($"'{sender.Name}' may not promote through '{BodyReader.Shown(pipeline)}'.", "pipeline");
        }

        var accepted = await door.AcceptAsync(
            new PromotionRequest(key, PromotionDoor.Pin(definitions.Current, pipeline, Text(body, "until", 100, oneLine: true)), digest, "bus", By(by, sender), note), cancellationToken);
        return new CommandAnswer(accepted.Duplicate ? CommandStatus.Duplicate : CommandStatus.Accepted, accepted.Id);
    }

    private async Task<CommandAnswer> OperateAsync(CommandMessage message, CommandSender sender, string key, CancellationToken cancellationToken)
    {
        var isAbort = message.Kind == CommandKind.AbortPromotion;
        var body = message.Command(isAbort ? ["promotionId", "by", "reason"] : ["promotionId", "by"]);
        if (!Guid.TryParse(Text(body, "promotionId", 100, oneLine: true), out var id))
        {
            throw new CommandFaultException("promotionId", "'promotionId' is missing, or is no id of a promotion, such as the one that an answer or an event named.");
        }

        var by = By(Text(body, "by", 200, oneLine: true), sender);
        var reason = isAbort ? Text(body, "reason", 2000) : null;
        // Whether there is such a promotion is not for those to know who may do nothing with it.
        if (await reader.HeadAsync(id, cancellationToken) is not { } head || !sender.MayAbout(head.Pipeline))
        {
            return Refused($"There is no promotion {id} that '{sender.Name}' may command.", "promotionId");
        }

        // A repeat waits here for its twin to commit, and then knows.
        if (!await seen.TryAddAsync(key, cancellationToken))
        {
            return new CommandAnswer(CommandStatus.Duplicate, id);
        }

        if (WhyNot(head, isAbort) is { } why)
        {
            return Refused(why) with { PromotionId = id };
        }

        await (isAbort ? bus.Publish(new AbortPromotion(id, by, reason), cancellationToken) : bus.Publish(new RetryPromotion(id, by), cancellationToken));
        await unit.CommitAsync(CancellationToken.None);
        return new CommandAnswer(CommandStatus.Accepted, id);
    }

    private static string? WhyNot(PromotionHead head, bool isAbort) =>
        head.Ended ? $"The promotion has ended as {head.State}, and nothing leaves an end."
        : isAbort ? head.State == "Aborting" ? "The promotion is being aborted already: what it touched is being restored." : null
        : head.State != "NeedsAttention" ? $"The promotion is {head.State}; only one that needs attention is retried."
        : null;

    private static string By(string? given, CommandSender sender) => given is null ? sender.Name : $"{given} (bus: {sender.Name})";

    private static string? Text(JsonElement body, string field, int atMost, bool oneLine = false)
    {
        try
        {
            return body.Text(field, atMost, oneLine) is { Length: > 0 } text ? text : null;
        }
        catch (RefusedException e)
        {
            throw new CommandFaultException(field, e.Message);
        }
    }

    private static CommandAnswer Refused(string reason, string? field = null) => new(CommandStatus.Refused, Reason: reason, Field: field);
}
