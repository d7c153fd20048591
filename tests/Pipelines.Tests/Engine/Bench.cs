using System.Reflection;
using System.Runtime.CompilerServices;
using MassTransit;
using MassTransit.Context;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Contracts;
using Pipelines.Engine.Durable;
using Pipelines.Engine.Promotions;
using Pipelines.Engine.Stages.Rollout;
using Pipelines.Engine.Stages.Rollout.Replicas;
using Pipelines.Engine.Stages.Snapshot;
using Pipelines.Engine.Stages.Validate;

namespace Pipelines.Tests.Engine;

/// <summary>
/// Runs the machines without a bus: a message is raised in its saga at once, and what the saga sends is kept in order. A timer is a message
/// like any other, with the time at which it is due: a test delivers it then, too late, twice, or never.
/// </summary>
internal sealed class Bench
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly PromotionStateMachine PromotionMachine = new();
    private static readonly SnapshotStateMachine SnapshotMachine = new();
    private static readonly ValidateStateMachine ValidateMachine = new();
    private static readonly RolloutStateMachine RolloutMachine = new();
    private static readonly ReplicaStateMachine ReplicaMachine = new();
    private readonly Dictionary<Type, IBenchOf> _byMessage = [];
    private readonly List<Timer> _timers = [];

    public Bench()
    {
        Services = new ServicesOf([(typeof(TimeProvider), Time), (typeof(IPromotionJournal), Journal), (typeof(IPinnedDefinitions), Definitions), (typeof(ITargetLocks), Locks), (typeof(IReplicaLedger), Ledger)]);
        Receive = Stub.Of<ReceiveContext>(ReceiveMember);
        _publishing = Stub.Of<IPublishEndpointProvider>(PublishingMember);
        _sending = Task.FromResult(Stub.Of<ISendEndpoint>(SendingMember));
        Scheduler = Stub.Of<MessageSchedulerContext>(SchedulerMember);
        Promotions = Add(PromotionMachine);
        Snapshots = Add(SnapshotMachine);
        Validations = Add(ValidateMachine);
        Rollouts = Add(RolloutMachine);
        Replicas = Add(ReplicaMachine);
    }

    private readonly IPublishEndpointProvider _publishing;
    private readonly Task<ISendEndpoint> _sending;

    public FakeTimeProvider Time { get; } = new(Start);

    public JournalInMemory Journal { get; } = new();

    public DefinitionsInMemory Definitions { get; } = new();

    public LocksInMemory Locks { get; } = new();

    public LedgerInMemory Ledger { get; } = new();

    public IServiceProvider Services { get; }

    public BenchOf<PromotionState> Promotions { get; }

    public BenchOf<SnapshotState> Snapshots { get; }

    public BenchOf<ValidateState> Validations { get; }

    public BenchOf<RolloutState> Rollouts { get; }

    public BenchOf<ReplicaState> Replicas { get; }

    public IReadOnlyList<IBenchOf> All => [Promotions, Snapshots, Validations, Rollouts, Replicas];

    /// <summary>What sagas have sent and nobody has taken.</summary>
    public List<object> Sent { get; } = [];

    /// <summary>Timers that are set, and neither delivered nor cancelled.</summary>
    public IReadOnlyList<Timer> Timers => _timers;

    public DateTimeOffset Now => Time.GetUtcNow();

    internal ReceiveContext Receive { get; }

    internal MessageSchedulerContext Scheduler { get; }

    /// <summary>Delivers one message to the saga that it is for, if there is one and it is a message for sagas.</summary>
    public bool Deliver(object message, Guid? timer = null) =>
        _byMessage.TryGetValue(message.GetType(), out var bench) && bench.Deliver(message, timer);

    /// <summary>A mistake in a machine, planted to see whether a model finds it.</summary>
    public Mistake? Mistake { get; set; }

    public bool IsForSagas(object message) => _byMessage.ContainsKey(message.GetType());

    /// <summary>A timer goes off; when its time has not come, the clock is put forward.</summary>
    public void GoOff(Timer timer)
    {
        if (timer.Due > Now)
        {
            Time.SetUtcNow(timer.Due);
        }

        _timers.Remove(timer);
        Deliver(timer.Message, timer.Token);
    }

    /// <summary>The one timer that is set goes off.</summary>
    public void NextTimer() => GoOff(_timers.MinBy(x => x.Due) ?? throw new InvalidOperationException("No timer is set."));

    /// <summary>The only message of that kind that was sent since the last look.</summary>
    public T Take<T>()
        where T : class
    {
        var found = Sent.OfType<T>().ToList();
        NUnit.Framework.Assert.That(found, NUnit.Framework.Has.Count.EqualTo(1), () => $"One {typeof(T).Name} was expected. Sent: {string.Join("; ", Sent)}");
        Sent.Remove(found[0]);
        return found[0];
    }

    /// <summary>Which saga a message is for.</summary>
    public static Guid IdOf(object message) => message switch
    {
        PromotionAccepted m => m.PromotionId,
        AbortPromotion m => m.PromotionId,
        RetryPromotion m => m.PromotionId,
        SupersedePromotion m => m.PromotionId,
        PromotionWaitOver m => m.PromotionId,
        StageSucceeded m => m.PromotionId,
        StageFailed m => m.PromotionId,
        StageCancelled m => m.PromotionId,
        StageNeedsAttention m => m.PromotionId,
        StartSnapshot m => m.StageId,
        SnapshotTaken m => m.StageId,
        SnapshotNotTaken m => m.StageId,
        SnapshotWaitOver m => m.StageId,
        StartValidate m => m.StageId,
        SnapshotValidated m => m.StageId,
        SnapshotNotValidated m => m.StageId,
        ValidateWaitOver m => m.StageId,
        StartRollout m => m.StageId,
        TargetGranted m => m.StageId,
        TargetRecorded m => m.StageId,
        TargetNotRecorded m => m.StageId,
        TargetSurveyed m => m.StageId,
        ReplicaDeployed m => m.StageId,
        ReplicaFailed m => m.StageId,
        ReplicaRestored m => m.StageId,
        ReplicaStuck m => m.StageId,
        RolloutWaitOver m => m.StageId,
        CancelStage m => m.StageId,
        RetryStage m => m.StageId,
        BringReplica m => m.Which.ReplicaId,
        BringBackReplica m => m.Which.ReplicaId,
        ReplicaTook m => m.ReplicaId,
        ReplicaRefused m => m.ReplicaId,
        ReplicaSilent m => m.ReplicaId,
        ReplicaKeptRunning m => m.ReplicaId,
        ReplicaTookBack m => m.ReplicaId,
        ReplicaNotRestored m => m.ReplicaId,
        ReplicaWaitOver m => m.ReplicaId,
        _ => throw new ArgumentException($"No saga is known for {message}.", nameof(message)),
    };

    private BenchOf<TSaga> Add<TSaga>(MassTransitStateMachine<TSaga> machine)
        where TSaga : WaitingSaga, new()
    {
        var bench = new BenchOf<TSaga>(this, machine);
        foreach (var type in bench.MessageTypes)
        {
            // Cancel and retry are for every kind of stage: whichever has that stage takes it.
            _byMessage[type] = _byMessage.TryGetValue(type, out var other) ? new Either(other, bench) : bench;
        }

        return bench;
    }

    private object? ReceiveMember(MethodInfo method, object?[] arguments) => method.Name switch
    {
        "get_PublishEndpointProvider" => _publishing,
        "get_InputAddress" => new Uri("loopback://localhost/saga"),
        "get_CancellationToken" => CancellationToken.None,
        _ => null,
    };

    private object? PublishingMember(MethodInfo method, object?[] arguments) =>
        method.Name == nameof(IPublishEndpointProvider.GetPublishSendEndpoint) ? _sending : null;

    private Task SendingMember(MethodInfo method, object?[] arguments)
    {
        Sent.Add(arguments[0]!);
        return Task.CompletedTask;
    }

    private object? SchedulerMember(MethodInfo method, object?[] arguments)
    {
        if (method.Name == nameof(MessageSchedulerContext.CancelScheduledSend))
        {
            _timers.RemoveAll(x => x.Token == (Guid)arguments[1]!);
            return Task.CompletedTask;
        }

        var timer = new Timer(Guid.NewGuid(), new DateTimeOffset((DateTime)arguments[0]!, TimeSpan.Zero), arguments[1]!);
        _timers.Add(timer);
        return Scheduled.For(method.GetGenericArguments()[0], timer);
    }

    /// <summary>A timer that a saga has set.</summary>
    internal sealed record Timer(Guid Token, DateTimeOffset Due, object Message);

    private sealed class ServicesOf((Type Type, object Service)[] services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => Array.Find(services, x => x.Type == serviceType).Service;
    }

    private sealed class Either(IBenchOf one, IBenchOf other) : IBenchOf
    {
        public bool Deliver(object message, Guid? timer) => one.Deliver(message, timer) || other.Deliver(message, timer);

        public Type Saga => throw new NotSupportedException();

        public StateMachine Machine => throw new NotSupportedException();

        public IReadOnlyList<Type> MessageTypes => throw new NotSupportedException();
    }

    private abstract class Scheduled
    {
        private static readonly System.Collections.Concurrent.ConcurrentDictionary<Type, Func<Timer, object>> Makers = new();

        public static object For(Type type, Timer timer) => Makers.GetOrAdd(type, static key =>
            typeof(Scheduled).GetMethod(nameof(Make), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(key).CreateDelegate<Func<Timer, object>>())(timer);

        private static Task<ScheduledMessage<T>> Make<T>(Timer timer)
            where T : class => Task.FromResult<ScheduledMessage<T>>(new Of<T>(timer));

        private sealed class Of<T>(Timer timer) : ScheduledMessage<T>
            where T : class
        {
            public Guid TokenId => timer.Token;

            public DateTime ScheduledTime => timer.Due.UtcDateTime;

            public Uri Destination => new("loopback://localhost/saga");

            public T Payload => (T)timer.Message;
        }
    }
}

/// <summary>The sagas of one machine.</summary>
internal interface IBenchOf
{
    Type Saga { get; }

    StateMachine Machine { get; }

    IReadOnlyList<Type> MessageTypes { get; }

    bool Deliver(object message, Guid? timer);
}

/// <inheritdoc cref="IBenchOf"/>
internal sealed class BenchOf<TSaga>(Bench bench, MassTransitStateMachine<TSaga> machine) : IBenchOf
    where TSaga : WaitingSaga, new()
{
    private static readonly ConditionalWeakTable<MassTransitStateMachine<TSaga>, Dictionary<Type, IRaise>> Known = [];
    private readonly Dictionary<Type, IRaise> _events = Known.GetValue(machine, EventsOf);
    private readonly Dictionary<Guid, TSaga> _sagas = [];

    private interface IRaise
    {
        bool IsInitial { get; }

        Task RaiseAsync(Bench bench, MassTransitStateMachine<TSaga> machine, TSaga saga, object message, Guid? timer);
    }

    public Type Saga => typeof(TSaga);

    public MassTransitStateMachine<TSaga> Machine => machine;

    StateMachine IBenchOf.Machine => machine;

    public IReadOnlyList<Type> MessageTypes => [.. _events.Keys];

    public IReadOnlyCollection<TSaga> Sagas => _sagas.Values;

    public TSaga this[Guid id] => _sagas[id];

    public TSaga? Find(Guid id) => _sagas.GetValueOrDefault(id);

    public void Put(TSaga saga) => _sagas[saga.CorrelationId] = saga;

    public bool Deliver(object message, Guid? timer)
    {
        var raise = _events[message.GetType()];
        var id = Bench.IdOf(message);
        if (!_sagas.TryGetValue(id, out var saga))
        {
            if (!raise.IsInitial)
            {
                return false;
            }

            saga = new TSaga { CorrelationId = id };
            _sagas.Add(id, saga);
        }

        message = bench.Mistake?.Hears(saga, message) ?? message;
        var before = bench.Mistake?.Looks(saga);
        var raising = raise.RaiseAsync(bench, machine, saga, message, timer);
        // Nothing here waits for anything: the fakes answer at once.
        raising.GetAwaiter().GetResult();
        bench.Mistake?.Does(saga, message, timer, before, bench);
        return true;
    }

    private static Dictionary<Type, IRaise> EventsOf(MassTransitStateMachine<TSaga> machine)
    {
        var initial = machine.NextEvents(machine.Initial).ToHashSet();
        var found = new Dictionary<Type, IRaise>();
        foreach (var property in machine.GetType().GetProperties().Where(x => x.PropertyType.IsGenericType))
        {
            var value = property.GetValue(machine)!;
            var @event = property.PropertyType.GetGenericTypeDefinition() == typeof(Event<>) ? (Event)value
                : property.PropertyType.GetGenericTypeDefinition() == typeof(Schedule<,>) ? (Event)property.PropertyType.GetProperty("AnyReceived")!.GetValue(value)!
                : null;
            if (@event is not null)
            {
                var type = property.PropertyType.GetGenericArguments()[^1];
                found.Add(type, (IRaise)Activator.CreateInstance(typeof(Raise<>).MakeGenericType(typeof(TSaga), type), @event, initial.Contains(@event))!);
            }
        }

        return found;
    }

    private sealed class Raise<T>(Event<T> @event, bool initial) : IRaise
        where T : class
    {
        public bool IsInitial => initial;

        public Task RaiseAsync(Bench bench, MassTransitStateMachine<TSaga> machine, TSaga saga, object message, Guid? timer)
        {
            var context = new StubSagaContext<TSaga, T>(bench, saga, (T)message, timer);
            return ((StateMachine<TSaga>)machine).RaiseEvent(new MassTransitStateMachine<TSaga>.BehaviorContextProxy<T>(machine, context, context, @event));
        }
    }
}

internal sealed class StubSagaContext<TSaga, T>(Bench bench, TSaga saga, T message, Guid? timer)
    : BaseConsumeContext(bench.Receive, null!), SagaConsumeContext<TSaga, T>
    where TSaga : class, ISaga
    where T : class
{
    private static readonly Headers None = Stub.Of<Headers>((_, _) => null);

    public T Message => message;

    public TSaga Saga => saga;

    public bool IsCompleted => false;

    public override CancellationToken CancellationToken => CancellationToken.None;

    public override Task ConsumeCompleted => Task.CompletedTask;

    public override Guid? MessageId => null;

    public override Guid? RequestId => null;

    public override Guid? CorrelationId => saga.CorrelationId;

    public override Guid? ConversationId => null;

    public override Guid? InitiatorId => null;

    public override DateTime? ExpirationTime => null;

    public override Uri SourceAddress => null!;

    public override Uri DestinationAddress => null!;

    public override Uri ResponseAddress => null!;

    public override Uri FaultAddress => null!;

    public override DateTime? SentTime => null;

    public override Headers Headers => timer is null ? None : Stub.Of<Headers>((method, arguments) =>
        method.Name == nameof(Headers.Get) && arguments[0] is MessageHeaders.SchedulingTokenId ? timer : null);

    public override HostInfo Host => null!;

    public override IEnumerable<string> SupportedMessageTypes => [];

    public Task SetCompleted() => throw new NotSupportedException("No saga is ever removed: its end is a state.");

    public override bool HasPayloadType(Type payloadType) => false;

    public override bool TryGetPayload<TPayload>(out TPayload payload)
    {
        payload = (bench.Services as TPayload ?? bench.Scheduler as TPayload)!;
        return payload is not null;
    }

    public override TPayload GetOrAddPayload<TPayload>(PayloadFactory<TPayload> payloadFactory) =>
        TryGetPayload<TPayload>(out var payload) ? payload : payloadFactory();

    public override TPayload AddOrUpdatePayload<TPayload>(PayloadFactory<TPayload> addFactory, UpdatePayloadFactory<TPayload> updateFactory) => addFactory();

    public override bool HasMessageType(Type messageType) => messageType == typeof(T);

    public override bool TryGetMessage<TOther>(out ConsumeContext<TOther> consumeContext)
    {
        consumeContext = (this as ConsumeContext<TOther>)!;
        return consumeContext is not null;
    }

    public override void AddConsumeTask(Task task)
    {
    }

    public Task NotifyConsumed(TimeSpan duration, string consumerType) => Task.CompletedTask;

    public Task NotifyFaulted(TimeSpan duration, string consumerType, Exception exception) => Task.CompletedTask;
}

/// <summary>An interface of which a test needs two members of twenty.</summary>
public class Stub : DispatchProxy
{
    private Func<MethodInfo, object?[], object?> _answer = null!;

    public static T Of<T>(Func<MethodInfo, object?[], object?> answer)
        where T : class
    {
        var stub = Create<T, Stub>();
        ((Stub)(object)stub)._answer = answer;
        return stub;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _answer(targetMethod!, args ?? []);
}
