using MassTransit;

namespace Pipelines.Engine.Durable;

/// <summary>
/// What every saga state has in common, so that one table can keep them all: its state by name, and until when it waits.
/// Everything else a state holds is stored as JSON; what people or SQL ask for goes to the read tables through the journal.
/// </summary>
public interface IDurableSaga : SagaStateMachineInstance
{
    /// <summary>The machine's state by name, as the row in the database reads.</summary>
    string CurrentState { get; set; }

    /// <summary>Until when the saga waits in this state (I11); null only in a terminal state. A column, so that whoever asks for those past it need not read them all.</summary>
    DateTimeOffset? DeadlineAt { get; set; }
}
