namespace Pipelines.Storage.Durable;

/// <summary>Two messages created the same saga at the same time; the message that lost is tried again and finds the row.</summary>
internal sealed class SagaInsertConflictException(Exception inner) : Exception("The saga was created by another message meanwhile.", inner);
