using Pipelines.Testing;

namespace Pipelines.StandTests.Fire.Auditing;

/// <summary>What a replica itself has on record: everything that was carried out on it, whoever asked, and what it holds now.</summary>
/// <param name="Target">Its instance.</param>
/// <param name="Replica">Its name there.</param>
/// <param name="First">What it held when the record began.</param>
/// <param name="Deploys">In order.</param>
/// <param name="Holds">The revision that it holds now.</param>
/// <param name="Runs">Whether it is there and its nodes run; null where that is nobody's doing, as when somebody has taken it away.</param>
internal sealed record ReplicaRecord(string Target, string Replica, string First, IReadOnlyList<CarriedOut> Deploys, string Holds, bool? Runs)
{
    public static ReplicaRecord Of(string target, FakeNodeRed fake)
    {
        ArgumentNullException.ThrowIfNull(fake);
        var deploys = fake.Deploys;
        var holds = fake.Revision;
        return new(
            target,
            fake.Name,
            (deploys.Count == 0 ? holds : deploys[0].Before).ToString(),
            [.. deploys.Select(x => new CarriedOut(x.Revision.ToString(), x.When))],
            holds.ToString(),
            fake.IsAlive && fake.ActiveNodes > 0);
    }

    public string HeldAt(DateTimeOffset moment) => Deploys.LastOrDefault(x => x.At <= moment)?.Revision ?? First;

    /// <summary>Everything that it held from one moment to the other.</summary>
    public IEnumerable<string> HeldBetween(DateTimeOffset from, DateTimeOffset to) =>
        Deploys.Where(x => x.At > from && x.At <= to).Select(x => x.Revision).Prepend(HeldAt(from));
}

/// <summary>One deploy that was carried out.</summary>
internal sealed record CarriedOut(string Revision, DateTimeOffset At)
{
    public string Short => Revision[..8];
}
