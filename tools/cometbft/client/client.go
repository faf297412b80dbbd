// Package client is CometBFT's end of an ABCI socket.
//
// CometBFT's own client (abci/client/socket_client.go of v0.40.0) hands every request to a goroutine, follows it with a
// Flush request, and throttles its flushes with a timer of "20", meant as milliseconds and taken for nanoseconds: as
// long as a request waits to be written the timer fires without a pause, a third to two thirds of all that CometBFT did
// for us. This one writes a request where it is made, at once, and has no timer. It sends a Flush where CometBFT asks for
// one, and nowhere else: our application writes every answer as soon as it has it. One that keeps answers back until a
// Flush (CometBFT's Go server) needs CometBFT's own program.
package client

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"sync"
	"time"

	abcicli "github.com/cometbft/cometbft/abci/client"
	"github.com/cometbft/cometbft/abci/types"
	cmtnet "github.com/cometbft/cometbft/libs/net"
	"github.com/cometbft/cometbft/libs/protoio"
	"github.com/cometbft/cometbft/libs/service"
	"github.com/cometbft/cometbft/proxy"
)

const (
	// dialPause is the pause between attempts to connect.
	dialPause = time.Second
	// maxResponseBytes of one message: the largest block that CometBFT knows (100 MiB), and what stands around it.
	maxResponseBytes = 104 << 20
	// readBytes are read from the socket at once, while no longer message is on its way.
	readBytes = 64 << 10
)

var errStopped = errors.New("the ABCI client has stopped")

// Creator makes the clients of an application at an address: unix://<path> or tcp://<host>:<port>.
type Creator string

var _ proxy.ClientCreator = Creator("")

// NewABCIClient returns a client that shares nothing with the others. It connects when it is started, and tries until it can.
func (address Creator) NewABCIClient() (abcicli.Client, error) {
	return New(string(address)), nil
}

// Client writes requests in the order in which they are made and takes responses in the same order. It is safe for use by many
// goroutines. The first error ends it: every request that waits, and all that follow, fail with it.
type Client struct {
	service.BaseService
	address string
	conn    net.Conn

	// writing has room for one: who has put something in may use writer. A mutex would not let a caller give up.
	writing chan struct{}
	writer  protoio.Writer

	mtx      sync.Mutex
	stopped  bool
	err      error
	waiting  []*call
	callback abcicli.Callback
}

// call is a request on its way. Answered or not, done is closed once nothing more will come.
type call struct {
	*abcicli.ReqRes
	done chan struct{}
}

var _ abcicli.Client = (*Client)(nil)

// New returns a client of the application at an address, as Creator has it.
func New(address string) *Client {
	client := &Client{address: address, writing: make(chan struct{}, 1)}
	client.BaseService = *service.NewBaseService(nil, "socketClient", client)
	return client
}

// OnStart connects, however long that takes.
func (c *Client) OnStart() error {
	for {
		conn, err := cmtnet.Connect(c.address)
		if err == nil {
			c.conn = conn
			// It keeps one buffer, as long as the longest request: a message is marshalled into it and goes out in one write.
			c.writer = protoio.NewDelimitedWriter(conn)
			go c.read()
			return nil
		}
		c.Logger.Error(fmt.Sprintf("The application at %s cannot be reached; trying again in %s", c.address, dialPause), "err", err)
		time.Sleep(dialPause)
	}
}

// OnStop closes the connection and lets go of everybody who waits.
func (c *Client) OnStop() {
	c.mtx.Lock()
	c.stopped = true
	waiting := c.waiting
	c.waiting = nil
	c.mtx.Unlock()

	c.conn.Close()
	for _, each := range waiting {
		each.finish(nil)
	}
}

// Error returns what ended the client; nil while it runs and where it was told to stop. CometBFT ends itself when it is not nil.
func (c *Client) Error() error {
	c.mtx.Lock()
	defer c.mtx.Unlock()
	return c.err
}

// SetResponseCallback sets what is called with every response.
func (c *Client) SetResponseCallback(callback abcicli.Callback) {
	c.mtx.Lock()
	c.callback = callback
	c.mtx.Unlock()
}

func (c *Client) fail(err error) {
	if !c.IsRunning() {
		return
	}
	c.mtx.Lock()
	if c.err == nil {
		c.err = err
	}
	c.mtx.Unlock()
	c.Logger.Error("Stopping the ABCI client", "err", err)
	if err := c.Stop(); err != nil {
		c.Logger.Error("Error stopping the ABCI client", "err", err)
	}
}

// send returns when the request is written.
func (c *Client) send(ctx context.Context, request *types.Request) (*call, error) {
	select {
	case c.writing <- struct{}{}:
	case <-c.Quit():
		return nil, c.reason()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-c.writing }()

	sent := &call{abcicli.NewReqRes(request), make(chan struct{})}
	// Before it is written: the answer may be here before the write returns.
	if !c.expect(sent) {
		return nil, c.reason()
	}
	if _, err := c.writer.WriteMsg(request); err != nil {
		c.fail(fmt.Errorf("write request: %w", err))
		return nil, c.reason()
	}
	return sent, nil
}

func (c *Client) expect(sent *call) bool {
	c.mtx.Lock()
	defer c.mtx.Unlock()
	if c.stopped {
		return false
	}
	c.waiting = append(c.waiting, sent)
	return true
}

// ask returns the answer to a request, of the kind that it must have.
func (c *Client) ask(ctx context.Context, request *types.Request) (*types.Response, error) {
	sent, err := c.send(ctx, request)
	if err != nil {
		return nil, err
	}
	select {
	case <-sent.done:
	case <-ctx.Done():
		// Its answer comes all the same, and is nobody's.
		return nil, ctx.Err()
	}
	if sent.Response == nil {
		return nil, c.reason()
	}
	return sent.Response, nil
}

func (c *Client) reason() error {
	if err := c.Error(); err != nil {
		return err
	}
	return errStopped
}

func (c *Client) read() {
	reader := protoio.NewDelimitedReader(bufio.NewReaderSize(c.conn, readBytes), maxResponseBytes)
	for {
		response := &types.Response{}
		if _, err := reader.ReadMsg(response); err != nil {
			c.fail(fmt.Errorf("read response: %w", err))
			return
		}
		if refused := response.GetException(); refused != nil {
			c.fail(errors.New(refused.Error))
			return
		}
		if err := c.answer(response); err != nil {
			c.fail(err)
			return
		}
	}
}

func (c *Client) answer(response *types.Response) error {
	c.mtx.Lock()
	if len(c.waiting) == 0 {
		c.mtx.Unlock()
		return abcicli.ErrUnexpectedResponse{Response: *response, Reason: "no call was made"}
	}
	first := c.waiting[0]
	if !answers(first.Request, response) {
		c.mtx.Unlock()
		reason := fmt.Sprintf("unexpected response to the request %T", first.Request.Value)
		return abcicli.ErrUnexpectedResponse{Response: *response, Reason: reason}
	}
	c.waiting[0] = nil
	c.waiting = c.waiting[1:]
	callback := c.callback
	c.mtx.Unlock()

	first.finish(response)
	if callback != nil {
		callback(first.Request, response)
	}
	first.InvokeCallback()
	return nil
}

func (s *call) finish(response *types.Response) {
	s.Response = response
	close(s.done)
	s.Done()
}

// answers tells whether a response is of the kind of a request: Request_X goes with Response_X.
func answers(request *types.Request, response *types.Response) bool {
	if response.Value == nil {
		return false
	}
	asked, got := reflect.TypeOf(request.Value).Elem().Name(), reflect.TypeOf(response.Value).Elem().Name()
	return asked[len("Request"):] == got[len("Response"):]
}
