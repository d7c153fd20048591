using NUnit.Framework;
using Pipelines.Contracts;
using Pipelines.Engine.Stages.Validate;
using Pipelines.NodeRed.Diff;
using Pipelines.NodeRed.Rules;
using Pipelines.Tests.Engine;
using Pipelines.Tests.NodeRed;

namespace Pipelines.Tests.Stages.Consumers;

[TestFixture]
public sealed class ValidateSnapshotTests : ConsumerTests, IFindingStore, IDiffStore
{
    private readonly List<Finding> _kept = [];
    private readonly Dictionary<string, TargetDiff> _diffs = new(StringComparer.Ordinal);

    [SetUp]
    public void Forget()
    {
        _kept.Clear();
        _diffs.Clear();
    }

    [Test]
    public async Task What_the_promotion_would_change_is_kept_for_each_target()
    {
        await AskAsync<SnapshotValidated>(Question(New.Digest.ToString()));
        var diff = _diffs["plant"];
        Assert.That((diff.ReplicasDiffer, diff.Groups[0].Diff.After), Is.EqualTo((false, New.Digest)));
        Assert.That(diff.Groups[0].Diff.Changes, Is.Not.Empty);
    }

    [Test]
    public async Task Sound_flows_pass() => Assert.That((await AskAsync<SnapshotValidated>(Question(New.Digest.ToString()))).Stops, Is.False);

    [Test]
    public async Task A_type_that_a_replica_has_not_stops_before_it_is_touched()
    {
        var missing = Nodes.Raw(Nodes.Smoke("new", """{"id":"x1","type":"no-such-node","z":"t1","name":"","x":1,"y":1,"wires":[[]]}"""));
        Snapshots.Keep(missing);
        var answer = await AskAsync<SnapshotValidated>(Question(missing.Digest.ToString()));
        Assert.That(answer.Stops);
        Assert.That(answer.Summary, Does.Contain("no-such-node"));
        Assert.That(_kept, Is.Not.Empty);
        Assert.That(Fake.Deploys, Is.Empty);
    }

    [Test]
    public async Task A_replica_that_cannot_be_asked_is_asked_again_and_at_last_a_finding()
    {
        await Fake.DieAsync();
        await AskAsync<SnapshotNotValidated>(Question(New.Digest.ToString()));
        Assert.That((await AskAsync<SnapshotValidated>(Question(New.Digest.ToString()) with { Attempt = 5 })).Stops);
    }

    [Test]
    public async Task A_secret_that_is_missing_stops_it_with_its_name()
    {
        Forget("TOKEN");
        var answer = await AskAsync<SnapshotValidated>(Question(New.Digest.ToString()));
        Assert.That(answer.Stops);
        Assert.That(answer.Summary, Does.Contain("TOKEN"));
    }

    [Test]
    public async Task A_snapshot_that_is_gone_stops_it() =>
        Assert.That((await AskAsync<SnapshotValidated>(Question(Strange.Digest.ToString()))).Stops);

    [Test]
    public async Task Whoever_comes_too_late_says_that_it_was_not_done() =>
        await AskAsync<SnapshotNotValidated>(Question(New.Digest.ToString()) with { NotAfter = Time.GetUtcNow().AddSeconds(-1) });

    [Test]
    public void A_pipeline_stops_at_what_it_says() =>
        Assert.That(
            Enum.GetValues<StopAt>().Select(x => ValidateSnapshotConsumer.ProfileOf(new ValidateSettings { StopAt = x }).StopsAt),
            Is.EqualTo(new[] { Severity.Error, Severity.Warning, Severity.Info }));

    public void Keep(Guid promotionId, Guid stageId, IReadOnlyList<Finding> findings) => _kept.AddRange(findings);

    public void Keep(Guid promotionId, Guid stageId, string target, TargetDiff diff) => _diffs[target] = diff;

    private static ValidateSnapshot Question(string digest) => new(Sample.Stage, Sample.Promotion, new ValidateSettings { Against = ["plant"] }, digest, 1, Soon);

    private Task<TAnswer> AskAsync<TAnswer>(ValidateSnapshot question) =>
        AskAsync<ValidateSnapshot, TAnswer>(new ValidateSnapshotConsumer(Definitions, Clients, FlowSets, Snapshots, this, this, Time), question);
}
