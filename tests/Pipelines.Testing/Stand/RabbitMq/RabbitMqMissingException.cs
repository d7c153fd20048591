namespace Pipelines.Testing.Stand.RabbitMq;

/// <summary>The machine has no RabbitMQ, and none could be had; the message says what was tried and what to do.</summary>
public sealed class RabbitMqMissingException(string message) : InvalidOperationException(message);
