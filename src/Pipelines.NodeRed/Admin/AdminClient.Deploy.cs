using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipelines.NodeRed.Flows;

namespace Pipelines.NodeRed.Admin;

public sealed partial class AdminClient
{
    private static readonly TimeSpan SettleLook = TimeSpan.FromMilliseconds(200);

    private static readonly Digest OfNoFlows = Digest.Of("no flows have this revision"u8);

    /// <summary>
    /// Posts once and says what was answered. After <see cref="DeployAnswer.Silent"/> the replica may hold either flows; use
    /// <see cref="DeployAndReadBackAsync"/> unless you look for yourself.
    /// </summary>
    /// <param name="flows">Posted byte for byte.</param>
    /// <param name="expected">What the replica must hold for the deploy to happen; null deploys over anything.</param>
    /// <param name="type">How much of the replica restarts.</param>
    /// <param name="credentials">Only those of nodes in these flows: see <see cref="CredentialsMap.For"/>.</param>
    /// <param name="mayStill">Asked as late as can be; null always may.</param>
    /// <param name="cancellationToken">Ends the wait; the deploy may still happen.</param>
    public async Task<DeployAnswer> DeployAsync(
        RawFlows flows, Digest? expected, DeployType type, CredentialsMap credentials, DeployGate? mayStill = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(flows);
        ArgumentNullException.ThrowIfNull(credentials);
        using var span = NodeRedTelemetry.Source.StartActivity("nodered.deploy", ActivityKind.Client);
        span?.SetTag("nodered.name", Name).SetTag("nodered.digest", flows.Digest.ToString()).SetTag("nodered.deploy.type", type.ToString());
        const string what = "the deploy (POST flows)";
        DeployAnswer answer = await PostAsync(new DeployBody(flows, expected, credentials), type, mayStill, cancellationToken) switch
        {
            Exchange.LockedOut locked => new DeployAnswer.Refused(0, "no_access", locked.Reason),
            Exchange.HeldBack held => new DeployAnswer.Silent($"'{Name}' was not deployed to: {held.Reason}.", Posted: false),
            Exchange.Unanswered silence => new DeployAnswer.Silent(AdminSentences.Silent(Endpoint, silence), Posted: true),
            Exchange.Answered { Code: 409 } => new DeployAnswer.Foreign(ForeignReason(expected, found: null), null),
            Exchange.Answered { Code: 200 } ok when RevisionIn(ok) is { } revision => new DeployAnswer.Took(revision),
            // A proxy's 502 or a login page's 200 says nothing about what happened behind it.
            Exchange.Answered { IsSuccess: true } odd => new DeployAnswer.Silent(AdminSentences.NotNodeRed(Endpoint, odd, what), Posted: true),
            Exchange.Answered { Code: >= 500 } fault => new DeployAnswer.Silent(AdminSentences.ServerFault(Endpoint, fault, what), Posted: true),
            Exchange.Answered refused => new DeployAnswer.Refused(refused.Code, refused.Fault().Code, AdminSentences.Refused(Endpoint, refused, what)),
            _ => throw new UnreachableException(),
        };
        span?.SetTag("nodered.deploy.answer", answer.GetType().Name);
        LogDeployed(Name, flows.Digest.Short, answer.GetType().Name);
        return answer;
    }

    /// <summary>
    /// Looks first, posts at most once, and reads back what the replica then holds, whatever it answered. Posting again what is
    /// already there is no deploy, so it is safe to ask again after any answer.
    /// </summary>
    public async Task<DeployAnswer> DeployAndReadBackAsync(
        RawFlows flows, Digest? expected, DeployType type, CredentialsMap credentials, DeployGate? mayStill = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(flows);
        switch (await ReadFlowsAsync(cancellationToken))
        {
            case Reading<RawFlows>.Read { Value.Digest: var found } when found == flows.Digest:
                return new DeployAnswer.Took(found, AlreadyThere: true);
            case Reading<RawFlows>.Read { Value.Digest: var found } when expected is { } wanted && found != wanted:
                return new DeployAnswer.Foreign(ForeignReason(expected, found), found);
            case Reading<RawFlows>.Refused refused:
                return new DeployAnswer.Refused(0, "unreadable", refused.Reason);
            case { Trouble: { } trouble }:
                return new DeployAnswer.Silent(trouble, Posted: false);
        }
        var answer = await DeployAsync(flows, expected, type, credentials, mayStill, cancellationToken);
        return answer is DeployAnswer.Refused { Status: 0 } or DeployAnswer.Silent { Posted: false } ? answer : await ReadBackAsync(flows, expected, answer, cancellationToken);
    }

    /// <summary>
    /// Waits until each deploy that the replica has begun is through, be its storage as slow as it likes: until then it may still hold the flows of before. Node-RED takes deploys
    /// one after the other and compares revisions when it is a deploy's turn. So one with a revision that no flows have is refused after those before it, and changes nothing.
    /// </summary>
    /// <param name="held">What it holds, should anything on the way not look at revisions.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why it is not known; null when they are through.</returns>
    public async Task<string?> OutwaitDeploysAsync(RawFlows held, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(held);
        const string what = "the question for deploys under way (POST flows)";
        return await PostAsync(new DeployBody(held, OfNoFlows, CredentialsMap.Empty), DeployType.Nodes, mayStill: null, cancellationToken) switch
        {
            Exchange.Unanswered silence => AdminSentences.Silent(Endpoint, silence),
            // A proxy's patience is over, and behind it Node-RED may still be at work.
            Exchange.Answered { Code: 504 } fault => AdminSentences.ServerFault(Endpoint, fault, what),
            Exchange.Answered { IsSuccess: true } odd when RevisionIn(odd) is null => AdminSentences.NotNodeRed(Endpoint, odd, what),
            // Node-RED's own no comes in its turn. Where deploys are not let in, or there is nobody to take them, none is under way either.
            _ => null,
        };
    }

    private Task<Exchange> PostAsync(DeployBody body, DeployType type, DeployGate? mayStill, CancellationToken cancellationToken) => _transport.ChangeAsync(
        () =>
        {
            var request = _transport.Request(HttpMethod.Post, "flows");
            // Node-RED takes an unknown type for a partial deploy without a word, so the names are ours to get right.
            request.Headers.Add("Node-RED-Deployment-Type", type switch { DeployType.Flows => "flows", DeployType.Nodes => "nodes", _ => "full" });
            request.Content = new DeployContent(body, mayStill);
            return request;
        },
        _options.DeployTimeout,
        cancellationToken);

    private async Task<DeployAnswer> ReadBackAsync(RawFlows flows, Digest? expected, DeployAnswer answer, CancellationToken cancellationToken)
    {
        var started = _time.GetTimestamp();
        while (true)
        {
            var reading = await ReadFlowsAsync(cancellationToken);
            if (reading is Reading<RawFlows>.Read { Value.Digest: var found })
            {
                if (found == flows.Digest)
                {
                    return new DeployAnswer.Took(found);
                }
                if (answer is DeployAnswer.Foreign || (expected is { } wanted && found != wanted))
                {
                    return new DeployAnswer.Foreign(ForeignReason(expected, found), found);
                }
                if (answer is DeployAnswer.Took)
                {
                    return new DeployAnswer.Refused(200, "no_effect",
                        $"'{Name}' answered 200 to the deploy but still holds {found.Short}. Something in front of it answers in its place, or its storage does not keep flows: look at the log of {Name}.");
                }
            }
            // A refusal stands. Without a clear answer the deploy may wait behind another one, so it gets a while to show.
            if (answer is DeployAnswer.Refused || _time.GetElapsedTime(started) >= _options.SettleTime)
            {
                return (answer, reading.Trouble) switch
                {
                    (DeployAnswer.Took, { } trouble) => new DeployAnswer.Silent($"'{Name}' took the deploy, but reading it back failed. {trouble}", Posted: true),
                    _ => answer,
                };
            }
            await Task.Delay(SettleLook, _time, cancellationToken);
        }
    }

    private string ForeignReason(Digest? expected, Digest? found) =>
        $"'{Name}' does not hold {expected?.Short ?? "the expected revision"} any more{(found is { } other ? $" but {other.Short}" : "")}: somebody else deployed to it. "
        + "Find out who, then start the promotion again.";

    private static Digest? RevisionIn(Exchange.Answered answer)
    {
        try
        {
            using var document = JsonDocument.Parse(Encoding.UTF8.GetString(answer.Body));
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.SafeValue("rev") is { } revision
                && Digest.TryParse(revision.SafeString(), out var digest)
                ? digest
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    [LoggerMessage(2002, LogLevel.Information, "Deploy of {Digest} on '{Name}': {Answer}")]
    private partial void LogDeployed(string name, string digest, string answer);
}
