using Pipelines.Testing;

namespace Pipelines.StandTests.Fire.RandomFaults;

/// <summary>What goes wrong with a process or a connection.</summary>
internal enum Trouble
{
    ServiceKilled,
    ServiceFrozen,
    BrokerStopped,
    BrokerKilled,
    PostgresRestarted,
    PostgresKilled,
    DatabaseCut,
    DatabaseSilent,
    BusCut,
    BusSilent,
    ReplicaKilled,
    ReplicaFrozen,
    ReplicaCut,
}

/// <summary>Somebody presses the button of a pipeline.</summary>
/// <param name="Pipeline">Which.</param>
/// <param name="Lame">The flows are taken by every replica, and the last one does not run them.</param>
/// <param name="Service">Who is asked first.</param>
/// <param name="Twice">The same press is delivered to the other one too.</param>
/// <param name="Aborted">Somebody thinks better of it at once.</param>
internal sealed record Press(int Pipeline, bool Lame, int Service, bool Twice, bool Aborted);

/// <summary>One thing that goes wrong while promotions are under way.</summary>
internal abstract record Accident
{
    private Accident() { }

    /// <param name="Kind">What.</param>
    /// <param name="Which">Of several services or replicas.</param>
    /// <param name="For">How long.</param>
    public sealed record Process(Trouble Kind, int Which, TimeSpan For) : Accident;

    /// <param name="Replica">Whose; the development instances come after the replicas.</param>
    /// <param name="Method">Of the request.</param>
    /// <param name="Path">Of the request.</param>
    /// <param name="Fault">What becomes of the next one.</param>
    public sealed record Answer(int Replica, string Method, string Path, Fault Fault) : Accident;

    /// <summary>A replica dies for good.</summary>
    public sealed record Gone : Accident;

    public string Name => this switch
    {
        Process process => process.Kind.ToString(),
        Answer answer => $"{answer.Method} {answer.Path} {answer.Fault.GetType().Name}",
        _ => "ReplicaGone",
    };
}

/// <summary>All that will be pressed and go wrong: a pure function of its seed, counted in presses and not in seconds, so that a seed that failed is told again.</summary>
internal sealed class FaultPlan
{
    private readonly Random _random;
    private readonly FaultShape _shape;

    public FaultPlan(int seed, int presses, FaultShape shape)
    {
        _random = new Random(seed);
        _shape = shape;
        Steps = [.. Enumerable.Range(0, presses).Select(i => (Accidents(i, presses).ToList(), Pressed()))];
    }

    /// <summary>Before each press what goes wrong from then on.</summary>
    public IReadOnlyList<(List<Accident> Accidents, Press Press)> Steps { get; }

    private Press Pressed() =>
        new(_random.Next(_shape.Pipelines), Lame: Chance(0.12), _random.Next(_shape.Services), Twice: Chance(0.15), Aborted: Chance(0.04));

    private IEnumerable<Accident> Accidents(int press, int presses)
    {
        if (press == presses * 3 / 5)
        {
            yield return new Accident.Gone();
        }

        while (Chance(0.5))
        {
            yield return Answered();
        }

        if (Chance(0.13))
        {
            yield return Broken();
        }
    }

    private Accident.Process Broken()
    {
        var dice = _random.Next(100);
        var broker = _shape.HasBroker;
        return dice switch
        {
            < 14 => new(Trouble.ServiceKilled, _random.Next(_shape.Services), TimeSpan.Zero),
            < 28 => new(Trouble.ServiceFrozen, _random.Next(_shape.Services), Chance(0.1) ? TimeSpan.FromSeconds(25) : Between(300, 4000)),
            < 30 when broker => new(Trouble.BrokerStopped, 0, Between(0, 2000)),
            < 32 when broker => new(Trouble.BrokerKilled, 0, Between(0, 2000)),
            < 39 => new(Trouble.PostgresRestarted, 0, Between(0, 1500)),
            < 42 => new(Trouble.PostgresKilled, 0, Between(0, 1500)),
            < 52 => new(Trouble.DatabaseCut, _random.Next(_shape.Services), Between(0, 1500)),
            < 56 => new(Trouble.DatabaseSilent, _random.Next(_shape.Services), Between(300, 3000)),
            < 64 when broker => new(Trouble.BusCut, _random.Next(_shape.Services), Between(0, 1500)),
            < 67 when broker => new(Trouble.BusSilent, _random.Next(_shape.Services), Between(300, 3000)),
            < 80 => new(Trouble.ReplicaKilled, _random.Next(_shape.Replicas), Between(50, 3000)),
            < 90 => new(Trouble.ReplicaFrozen, _random.Next(_shape.Replicas), Between(50, 3000)),
            _ => new(Trouble.ReplicaCut, _random.Next(_shape.Replicas), Between(50, 2000)),
        };
    }

    private Accident.Answer Answered()
    {
        var replica = _random.Next(_shape.Replicas + _shape.Pipelines);
        var deploys = replica < _shape.Replicas && Chance(0.65);
        Fault fault = _random.Next(deploys ? 14 : 7) switch
        {
            0 => new Fault.Delay(Between(20, 700)),
            1 => new Fault.Hang(),
            2 => new Fault.CutBefore(),
            3 => new Fault.Html(),
            4 => new Fault.Status(503),
            5 => new Fault.Status(500),
            6 => deploys ? new Fault.Twice() : new Fault.BootNull(),
            7 or 8 => new Fault.HangAfter(),
            9 or 10 => new Fault.CutAfter(),
            // Not later than an engine that restores gives a deploy to show that was lost on its way.
            11 => new Fault.CutAndLate(Between(20, 300)),
            12 => new Fault.NoEffect(),
            _ => Chance(0.5) ? new Fault.StatusAfter(502) : new Fault.CloseHangs(Between(100, 900)),
        };
        var path = deploys || fault is Fault.BootNull ? "/flows" : _random.Next(3) switch { 0 => "/flows", 1 => "/flows/state", _ => "/context/node/" };
        return new Accident.Answer(replica, deploys ? "POST" : "GET", path, fault);
    }

    private bool Chance(double p) => _random.NextDouble() < p;

    private TimeSpan Between(int from, int to) => TimeSpan.FromMilliseconds(_random.Next(from, to + 1));
}

/// <summary>How much there is to break.</summary>
internal sealed record FaultShape(int Pipelines, int Replicas, int Services, bool HasBroker);
